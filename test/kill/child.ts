import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { json } from 'node:stream/consumers';
import '../../connectors/smart-crm-online/index.ts';
import { Application } from '../../src/app/application.ts';
import { Daemon } from '../../src/app/daemon.ts';
import { runOperation } from '../../src/app/operation.ts';
import { status } from '../../src/app/operations/status.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { ClosableHttp } from '../../src/core/http.ts';
import { createLogger } from '../../src/core/logger.ts';
import type { Clock, Step, Steps } from '../../src/core/ports.ts';
import type { Orders } from './process.ts';

/**
 * `changeover run --once` with a tell-tale: each step it comes to goes to standard output at once, and at the planned
 * one it stands still until somebody kills it. The last line is what `status` says. Its orders come by standard input, as
 * JSON, so that it can be started before they are known.
 */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function tellTale({ stop }: Orders): Steps {
  const passes = new Map<Step, number>();
  return {
    reached(reached) {
      const count = (passes.get(reached) ?? 0) + 1;
      passes.set(reached, count);
      say(reached);
      if (reached !== stop?.step || count !== stop.pass) return;
      say('here');
      // A call can only be under way while this process lives on.
      if (reached !== 'in-flight') standStill();
    },
  };
}

function clockAhead(ms: number): Clock {
  const clock = systemClock();
  return { ...clock, now: () => clock.now() + ms };
}

/** Waits that the other side asks for in seconds, so many times shorter: that they are kept is what is tried, not how long. */
function shortened(http: ClosableHttp, times: number): ClosableHttp {
  return {
    ...http,
    async send(request) {
      const answer = await http.send(request);
      const asked = answer.headers['retry-after'];
      if (asked === undefined || times === 1) return answer;
      return { ...answer, headers: { ...answer.headers, 'retry-after': String(Number(asked) / times) } };
    },
  };
}

flushCompileCache();
const orders = (await json(process.stdin)) as Orders;
const loaded = loadConfiguration(orders.configuration, process.env);
const logger = createLogger({ level: loaded.configuration.log.level });
const environment = { ...process.env, ...orders.environment };
const system = systemPorts(logger, environment, tellTale(orders));
const http = shortened(system.http, orders.shorten ?? 1);
const ports = { ...system, http, clock: clockAhead(orders.aheadMs) };
const app = await Application.open(loaded, ports, 'write');
const daemon = await Daemon.start(app, { version: 'kill-test' });
await daemon.pipeline.settle(daemon.stopping);
say(`rest ${JSON.stringify(await runOperation(status, { app, daemon: daemon.handle() }, {}))}`);
await daemon.stop();
await app.close();
