import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts';
import { systemClock } from '../../src/core/clock.ts';
import { type Deployment, prepare } from '../kill/deployment.ts';
import { startTcpProxy } from '../support/servers/tcp-proxy.ts';
import { inProcess } from './application.ts';
import type { Ground } from './ground.ts';
import { RETENTION_DAYS, SETTINGS, timeoutSecondsFor } from './settings.ts';
import type { Fault } from './table.ts';

/** Past the deadline of any call. */
const LATER_MS = 120_000;

/** A deployment in files, with a confirmed mapping, before its first export. */
export async function embeddedGround(folder: string, fault: Fault): Promise<Ground> {
  const twenty = await startTcpProxy();
  const deployment = await prepare(folder, {
    settings: SETTINGS,
    timeoutSeconds: timeoutSecondsFor(fault),
    proxy: twenty,
  });
  forgetAfterYears(deployment);
  return {
    shape: 'embedded',
    deployment,
    ways: { twenty },
    laterMs: LATER_MS,
    sharing: false,
    cut: () => twenty.cut(),
    outlive: () => Promise.resolve(),
    shorten: () => shorten(join(folder, 'data', 'log.sqlite')),
    inProcess: (work) => inProcess(deployment, work),
    async close() {
      await twenty.close();
      await deployment.sandbox.close();
    },
  };
}

/** The log forgets, but later than any test lasts: it is shortened by a clock that is past that. */
function forgetAfterYears({ configuration }: Deployment): void {
  const text = readFileSync(configuration, 'utf8');
  writeFileSync(configuration, text.replace('log: {', `log: { retentionDays: ${RETENTION_DAYS},`));
}

async function shorten(file: string): Promise<void> {
  const clock = systemClock();
  const future = { ...clock, now: () => clock.now() + (RETENTION_DAYS + 366) * 86_400_000 };
  const bus = new EmbeddedBus({ file, clock: future });
  try {
    for (const { topic } of await bus.topics())
      await bus.append(topic, [{ key: 'nobody', value: Uint8Array.of(0), timestamp: clock.now(), headers: {} }]);
    await bus.removeExpired({ evenUnread: true });
  } finally {
    await bus.close();
  }
}
