#!/usr/bin/env bash
# Outside: Apache Kafka 4.4.0 (org.apache.kafka:kafka_2.13 and kafka-tools 4.4.0 from Maven), Java 17.
#
# kafka-consumer-groups ends with exit code 0 when it has done nothing of what it was asked for:
#   - --reset-offsets --execute of a group that has a member prints "Error: Assignments can only be reset if the
#     group 'g' is inactive, but the current state is Stable." and the empty table of new offsets, exit code 0;
#   - --describe of a group that does not exist prints "Error: … GroupIdNotFoundException: Group nobody not found.",
#     exit code 0.
# kafka-topics, of the same package, ends with 1 where it cannot do what it was asked for: --describe of a topic that
# does not exist. A script that asks a tool's exit code goes on with offsets that nobody has reset.
#
# Seen:
#   reset of an active group: exit code 0, Error: Assignments can only be reset if the group 'g' is inactive, …
#   describe of no group: exit code 0, Error: Executing consumer group command failed …
#   describe of no topic: exit code 1
#
# Ends with 0 as long as that is so. Needs Maven and Java 17; one node on loopback, about a minute.
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
cat >node.properties <<NODE
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
controller.listener.names=CONTROLLER
log.dirs=$work/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
NODE
run() { java -Xmx256m -cp 'lib/*' "$@"; }
tool() { run "org.apache.kafka.tools.$1" --bootstrap-server "127.0.0.1:$port" "${@:2}"; }
run kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qg -c node.properties >/dev/null
java -Xmx256m -cp 'lib/*' kafka.Kafka node.properties >node.log 2>&1 &
pids+=($!)
for _ in $(seq 30); do
  if tool TopicCommand --create --topic t --partitions 1 >/dev/null 2>&1; then break; fi
done
java -Xmx256m -cp 'lib/*' org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "127.0.0.1:$port" \
  --topic t --group g >/dev/null 2>&1 &
pids+=($!)
groups() { tool consumer.group.ConsumerGroupCommand "$@"; }
for _ in $(seq 30); do
  if groups --describe --group g --state 2>/dev/null | grep -q Stable; then break; fi
done

seen() { # seen WHAT COMMAND…: runs it, prints exit code and the line that begins with Error
  local code=0
  "${@:2}" >out 2>&1 || code=$?
  printf '%s: exit code %s, %s\n' "$1" "$code" "$(grep -m1 '^Error' out || echo 'no line that begins with Error')"
  echo "$code" >code
}
seen 'reset of an active group' groups --group g --topic t --reset-offsets --to-earliest --execute
grep -q "^Error: Assignments can only be reset if the group 'g' is inactive" out
[ "$(cat code)" = 0 ]
seen 'describe of no group' groups --describe --group nobody
grep -q '^Error: .*Group nobody not found' out
[ "$(cat code)" = 0 ]
seen 'describe of no topic' tool TopicCommand --describe --topic nothing
[ "$(cat code)" = 1 ]
