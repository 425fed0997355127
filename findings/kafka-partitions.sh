#!/bin/sh
# @platformatic/kafka 2.12.1: which partition gets a message.
#   With a key and the default settings it differs from Kafka's own clients (Java) for about half of the
#   keys, unless the number of partitions is a power of two: the hash is read as unsigned, where Java
#   clears the sign bit.
#   With compatibilityPartitioner, which agrees with Java, every message without a key is in partition 0;
#   without a partitioner they are spread over the partitions.
# Installs the package, pinned, in a temporary folder; no broker is needed. The partitions of Java are
# the results of org.apache.kafka.common.utils.Utils.toPositive(murmur2(key)) % 6 in kafka-clients 4.4.0.
# Fails if this changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > run.mjs <<'JS'
import { compatibilityPartitioner, defaultPartitioner } from '@platformatic/kafka';
const java = { 'Orion/1.0': 0, 'Keyrock/1.0': 1, 'Cygnus/1.0': 0, 'Perseo/1.0': 3, 'Idas/1.0': 4 };
for (const [key, partition] of Object.entries(java)) {
  const of = (partitioner) => partitioner({}, Buffer.from(key)) % 6;
  const [ours, compatible] = [of(defaultPartitioner), of(compatibilityPartitioner)];
  console.log(`${key}: Java ${partition}, default ${ours}, compatible ${compatible}`);
}
const keyless = Array.from({ length: 6 }, () => compatibilityPartitioner({}, undefined) % 6);
console.log(`six messages without a key, compatible: ${keyless.join(' ')}`);
JS
npm install --silent --no-audit --no-fund @platformatic/kafka@2.12.1 >/dev/null
node run.mjs | tee seen
cat > expected <<'TEXT'
Orion/1.0: Java 0, default 2, compatible 0
Keyrock/1.0: Java 1, default 1, compatible 1
Cygnus/1.0: Java 0, default 2, compatible 0
Perseo/1.0: Java 3, default 5, compatible 3
Idas/1.0: Java 4, default 4, compatible 4
six messages without a key, compatible: 0 0 0 0 0 0
TEXT
diff expected seen
echo 'as described'
