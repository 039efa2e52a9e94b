# Keywords of another language; the sentences are those of `trial steps`.

#  language : de
Funktionalität: Bestellungen kommen an
  Hintergrund: steht hier ohne Doppelpunkt am Zeilenende, und ist doch nur Prosa,
  wenn das Wort nicht das einer Überschrift ist.

  Grundlage:
    Angenommen a running Kafka cluster
    Und a topic "bestellungen" with 1 partition and replication factor 3

  Regel: Was bestätigt ist, wird gelesen

    Szenario: Eine Bestellung nach der anderen
      Gegeben sei a producer "kasse"
      Wenn producer "kasse" sends messages numbered 1 to 7 to topic "bestellungen"
      Und a consumer "lager" reads topic "bestellungen" from the beginning
      Dann within 30 seconds consumer "lager" receives the numbers 1 to 7, each once
      Aber topic "bestellungen" holds 7 messages

    Szenariogrundriss: Eine Bestellung über <Betrag>
      * a consumer "lager" reading topic "bestellungen" from the beginning
      * a producer "kasse"
      * producer "kasse" sends to topic "bestellungen":
        | value            |
        | <Betrag> <Währung> |
      * within 30 seconds consumer "lager" receives exactly in this order:
        | value              |
        | <Betrag> <Währung> |

      Beispiele:
        | Betrag |
        | 5      |
