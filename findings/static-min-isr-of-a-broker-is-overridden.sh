#!/usr/bin/env bash
# Outside: Apache Kafka 4.4.0 (org.apache.kafka:kafka_2.13 and kafka-tools 4.4.0 from Maven), Java 17.
#
# A new cluster of 4.4 has eligible.leader.replicas.version 1 (KIP-966). With it the active controller writes a
# cluster-wide dynamic min.insync.replicas at the first start, from its own file and not from that of any broker. A
# dynamic setting wins over a file, so min.insync.replicas=2 in server.properties of a broker has no effect where the
# controllers are nodes of their own whose files do not have it: topics run with 1, and nothing says so.
#
# Seen (kafka-configs --describe --all of broker 1):
#   min.insync.replicas=1 … synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:min.insync.replicas=1,
#   STATIC_BROKER_CONFIG:min.insync.replicas=2, DEFAULT_CONFIG:min.insync.replicas=1}
#
# Ends with 0 as long as that is so. Needs Maven and Java 17; two nodes on loopback, about half a minute.
set -euo pipefail
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -r "$work"' EXIT
cd "$work"

cat >pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.4.0</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>4.4.0</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
mvn -q dependency:copy-dependencies -DoutputDirectory=lib

read -r port controller < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(it.getsockname()[1] for it in sockets))')
common="controller.quorum.voters=101@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"
cat >controller.properties <<NODE
process.roles=controller
node.id=101
listeners=CONTROLLER://127.0.0.1:$controller
log.dirs=$work/controller
$common
NODE
cat >broker.properties <<NODE
process.roles=broker
node.id=1
listeners=PLAINTEXT://127.0.0.1:$port
log.dirs=$work/broker
min.insync.replicas=2
$common
NODE
run() { java -Xmx256m -cp 'lib/*' "$@"; }
for node in controller broker; do
  run kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qg -c $node.properties >/dev/null
  java -Xmx256m -cp 'lib/*' kafka.Kafka $node.properties >$node.log 2>&1 &
  pids+=($!)
done
describe() {
  run org.apache.kafka.tools.ConfigCommand --bootstrap-server "127.0.0.1:$port" --describe --all --entity-type brokers \
    --entity-name 1 2>/dev/null | grep -o ' min\.insync\.replicas=.*'
}
for _ in $(seq 30); do
  if describe >out; then break; fi
done
cat out
grep -q '^ min.insync.replicas=1 ' out
grep -q 'DYNAMIC_DEFAULT_BROKER_CONFIG:min.insync.replicas=1, STATIC_BROKER_CONFIG:min.insync.replicas=2' out
