import process from 'node:process';

/** A line of JSON for whoever started the process. */
export function say(answer: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Closes the simulated system, and ends, once somebody asks for it. */
export function closeOnSignal(system: { close(): Promise<void> }): void {
  const stop = (): void => {
    system.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
