import type { Application } from './application.ts';

/** Longer than any of it takes; a process that dies within leaves it to the others after this, milliseconds. */
const LEASE_MS = 600_000;

/** Does what one process of a deployment must do; where another one is at it already, this one leaves it to that. */
export async function aloneInDeployment(
  app: Application,
  name: string,
  work: () => Promise<unknown>,
): Promise<'done' | 'elsewhere'> {
  const { state, shape, ports } = app;
  const lease = await state.transaction((tx) =>
    tx.leases.take(`control:${name}`, shape.holder, ports.clock.now(), LEASE_MS),
  );
  if (lease === null) {
    ports.logger.info({ schedule: name }, 'another process is at it');
    return 'elsewhere';
  }
  try {
    await work();
    return 'done';
  } finally {
    await state.transaction((tx) => tx.leases.release(lease.name, lease.holder, lease.epoch));
  }
}
