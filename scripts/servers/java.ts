/** Small servers that live for minutes: start fast, stay small. */
export function javaOptions(heapMb: number): readonly string[] {
  return [
    '-Xms64m',
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
    '-Djava.net.preferIPv4Stack=true',
  ];
}
