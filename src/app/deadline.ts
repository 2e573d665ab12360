/** The server may go on for a while after we stopped waiting; half as long again is enough for what it takes up at all. */
export function deadlineOf(timeoutSeconds: number): number {
  return timeoutSeconds * 1500;
}
