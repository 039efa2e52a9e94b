#!/bin/sh
# Makes archives of class data, with which a JVM starts faster:
#
#   train.sh JAVA JARS OUT CLIENT_PORT QUORUM_PORT ELECTION_PORT KAFKA_PORT OPTION...
#
# Starts what the folder JARS holds with the program JAVA, a ZooKeeper, a broker or both, lets them do what nodes of
# a cluster do, stops them, and leaves OUT/zookeeper.jsa and OUT/kafka.jsa. A Kafka without ZooKeeper is its own
# controller. The ports are free ones of 127.0.0.1. An archive is only valid for the same JVM, with the same jars at
# the same paths in the same order, and with the same OPTIONs.
#
# Needs Java 13. Where something fails it ends with 1 and shows what the nodes logged. What it has started
# ends with it; who kills it with SIGKILL kills its process group.
set -eu

java=$1 jars=$2 out=$3 client_port=$4 quorum_port=$5 election_port=$6 kafka_port=$7
shift 7

# The class path in the order of bytes, as that of every node.
LC_ALL=C
export LC_ALL
class_path=
has_kafka=
has_zookeeper=
for jar in "$jars"/*.jar; do
    class_path=$class_path${class_path:+:}$jar
    case ${jar##*/} in
        kafka_*) has_kafka=yes ;;
        zookeeper-[0-9]*) has_zookeeper=yes ;;
    esac
done

work=$(mktemp -d "$out/training.XXXXXX")
zookeeper=
broker=
tool=
end() {
    code=$?
    trap '' HUP INT TERM
    trap - EXIT
    for pid in $tool $broker $zookeeper; do
        kill -KILL "$pid" 2>/dev/null || :
    done
    wait
    if [ "$code" -ne 0 ]; then
        tail -n 15 "$work"/*.log || :
    fi
    rm -rf "$work"
    exit "$code"
}
trap end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

cat >"$work/log4j.properties" <<END
log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=[%d] %p %m (%c)%n
END

# A quorum of one goes through an election where the version allows it, from 3.5 on.
mkdir "$work/zookeeper"
echo 1 >"$work/zookeeper/myid"
cat >"$work/zoo.cfg" <<END
tickTime=2000
initLimit=10
syncLimit=5
dataDir=$work/zookeeper
clientPort=$client_port
clientPortAddress=127.0.0.1
server.1=127.0.0.1:$quorum_port:$election_port
standaloneEnabled=false
admin.enableServer=false
END

# With ZooKeeper, or as a broker that is the controller as well.
if [ "$has_zookeeper" ]; then
    cat >"$work/server.properties" <<END
broker.id=1
listeners=INTERNAL://127.0.0.1:$kafka_port
listener.security.protocol.map=INTERNAL:PLAINTEXT
zookeeper.connect=127.0.0.1:$client_port
zookeeper.connection.timeout.ms=30000
END
else
    cat >"$work/server.properties" <<END
process.roles=broker,controller
node.id=1
listeners=INTERNAL://127.0.0.1:$kafka_port,CONTROLLER://127.0.0.1:$quorum_port
advertised.listeners=INTERNAL://127.0.0.1:$kafka_port
listener.security.protocol.map=INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$quorum_port
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
END
    mkdir "$work/kafka"
    printf 'version=1\ncluster.id=AAAAAAAAAAAAAAAAAAAAAQ\nnode.id=1\n' >"$work/kafka/meta.properties"
fi
cat >>"$work/server.properties" <<END
inter.broker.listener.name=INTERNAL
log.dirs=$work/kafka
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
END

set -- "$@" "-Dlog4j.configuration=file:$work/log4j.properties" -cp "$class_path"
if [ "$has_zookeeper" ]; then
    "$java" -XX:ArchiveClassesAtExit="$work/zookeeper.jsa" -Xlog:cds=error "$@" \
        org.apache.zookeeper.server.quorum.QuorumPeerMain "$work/zoo.cfg" >"$work/zookeeper.log" 2>&1 &
    zookeeper=$!
fi

# tool NAME COMMAND...: in the background, as a shell only heeds a signal between commands or in a wait.
tool() {
    log=$work/$1.log
    shift
    "$@" <"$work/message" >"$log" 2>&1 &
    tool=$!
    status=0
    wait "$tool" || status=$?
    tool=
    return "$status"
}

stop() {
    kill -TERM "$1"
    # 143 where all is well: it ended by the signal.
    wait "$1" || :
}

echo trained >"$work/message"
if [ "$has_kafka" ]; then
    "$java" -XX:ArchiveClassesAtExit="$work/kafka.jsa" -Xlog:cds=error "$@" \
        kafka.Kafka "$work/server.properties" >"$work/kafka.log" 2>&1 &
    broker=$!
    # The class of the console producer has another name from 4.0 on, and its option.
    produce() {
        tool producer "$java" "$@" "127.0.0.1:$kafka_port" --producer-property max.block.ms=30000 --topic training
    }
    if [ "$has_zookeeper" ]; then
        produce "$@" kafka.tools.ConsoleProducer --broker-list
    else
        produce "$@" org.apache.kafka.tools.ConsoleProducer --bootstrap-server
    fi
    kill -0 "$broker"
    # The class of the console consumer has another name from 3.8 on.
    consume() {
        tool consumer "$java" "$@" --bootstrap-server "127.0.0.1:$kafka_port" --topic training \
            --from-beginning --max-messages 1 --timeout-ms 30000 && grep -q '^trained' "$work/consumer.log"
    }
    { [ "$has_zookeeper" ] && consume "$@" kafka.tools.ConsoleConsumer; } ||
        consume "$@" org.apache.kafka.tools.consumer.ConsoleConsumer
    stop "$broker"
    broker=
else
    # The client gives up when its first connection is refused; each try takes it a while.
    tries=0
    until tool client "$java" "$@" org.apache.zookeeper.ZooKeeperMain \
        -server "127.0.0.1:$client_port" ls /; do
        tries=$((tries + 1))
        [ "$tries" -lt 20 ]
    done
fi
if [ "$zookeeper" ]; then
    stop "$zookeeper"
    zookeeper=
fi

mv "$work"/*.jsa "$out"
