import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/core/error-codes.ts';
import { type Contents, compare, contentsOf } from '../kill/compare.ts';
import {
  ask,
  type Deployment,
  prepare,
  type Running,
  readiness,
  type StatusReport,
  startDaemon,
  stopDaemon,
  until,
} from './deployment.ts';
import { AT_FIRST, contact, dropTables, smallFirm } from './exports.ts';

const SLOW = 300_000;
/** Far more than fits into the room below. */
const MORE = 150;
const RECORDS = AT_FIRST.records + MORE;
/** Of 4 KiB: a few records fit, most do not. */
const ROOM_PAGES = 4;
const PRELOAD = pathToFileURL(join(import.meta.dirname, '..', 'support', 'full-disk.ts')).href;

/** The small firm and many more contacts, whose long notes fill a disk. */
function manyContacts() {
  const firm = smallFirm();
  const more = Array.from({ length: MORE }, (_, i) =>
    contact(`X${i}`, 'Contact', `Number ${i}`, { 'Company ID': 'C1', 'Job Title': `${i} ${'long title '.repeat(60)}` }),
  );
  return { ...firm, contact: [...firm.contact, ...more] };
}

const roomFile = (deployment: Deployment) => join(deployment.folder, 'room.json');
const setRoom = (deployment: Deployment, pages: number | null) =>
  writeFileSync(roomFile(deployment), JSON.stringify(pages));

/** The same deployment, whose daemon can find the disk of one of its files almost full. */
function onSmallDisk(deployment: Deployment, file: string): Deployment {
  setRoom(deployment, null);
  return {
    ...deployment,
    environment: {
      ...deployment.environment,
      NODE_OPTIONS: `--import=${PRELOAD}`,
      TEST_FULL_DISK: `${file}|${roomFile(deployment)}`,
    },
  };
}

function withoutChecksum(field: string, value: unknown): unknown {
  return field === 'sourceChecksum' && value !== null ? 'a checksum' : value;
}

async function loaded(deployment: Deployment, daemon: Running, records: number = RECORDS): Promise<StatusReport> {
  return until(
    'the load is over',
    async () => {
      const status = (await ask(deployment, daemon, 'status')) as StatusReport;
      const known = Object.values(status.classes).reduce((sum, count) => sum + count, 0);
      return known === records && status.classes['on-the-way'] === 0 ? status : null;
    },
    120_000,
  );
}

/**
 * Each workspace gives its members ids of its own: they are told by their addresses instead, and checksums, which are made of
 * those ids too, only by whether they are there.
 */
function contents({ sandbox }: Deployment, since: number): Contents {
  const members = sandbox.dump('workspaceMember').map((row) => [String(row.id), String(row.userEmail)] as const);
  const named = (text: string) => members.reduce((so, [id, email]) => so.replaceAll(id, email), text);
  return new Map(
    [...contentsOf({ sandbox, since })]
      // The timeline is the server's own, with ids of its own.
      .filter(([object]) => object !== 'workspaceMember' && object !== 'timelineActivity')
      .map(([object, rows]) => [object, new Map(JSON.parse(named(JSON.stringify([...rows], withoutChecksum))))]),
  );
}

const dropMany = (deployment: Deployment) => dropTables(deployment.drop, manyContacts(), '2026-03-03');

describe('a daemon whose disk is full', { timeout: SLOW }, () => {
  const since = Date.now();
  let undisturbed: Contents;
  let deployment: Deployment | null = null;
  let daemon: Running | null = null;

  beforeAll(async () => {
    const quiet = await prepare();
    try {
      const running = await startDaemon(quiet);
      await loaded(quiet, running, AT_FIRST.records);
      dropMany(quiet);
      await loaded(quiet, running);
      await stopDaemon(running);
      undisturbed = contents(quiet, since);
    } finally {
      await quiet.close();
    }
  }, SLOW);

  afterEach(async () => {
    if (daemon !== null) {
      daemon.process.kill('SIGKILL');
      await daemon.ended;
    }
    daemon = null;
    await deployment?.close();
    deployment = null;
  });

  describe.each([
    { disk: 'log', file: 'log.sqlite', code: 'BUS_DISK_FULL' },
    { disk: 'state', file: 'state.sqlite', code: 'STATE_DISK_FULL' },
  ] as const)('the one of the $disk', ({ file, code }) => {
    /** Loads the small firm, lets the disk become full under the next export, and waits until readiness says what is wrong. */
    async function untilFull(): Promise<{ readonly at: Deployment; readonly running: Running }> {
      const at = onSmallDisk(await prepare(), file);
      deployment = at;
      const running = await startDaemon(at);
      daemon = running;
      await loaded(at, running, AT_FIRST.records);
      setRoom(at, ROOM_PAGES);
      dropMany(at);
      const waiting = await until('readiness names the full disk', async () => {
        const { ready, waiting: all } = await readiness(running);
        return !ready && all.some((one) => one.includes(file) && one.includes('disk is full')) ? all : null;
      });
      expect(waiting.join('\n')).toContain('SQLITE_FULL');
      expect(running.process.exitCode).toBe(null);
      return { at, running };
    }

    test(`holds, says ${code}, and after a restart with room goes on to the same contents`, async () => {
      const { at, running } = await untilFull();
      const ended = await stopDaemon(running);
      daemon = null;
      expect(ended.code).toBe(0);
      const lines = ended.errors.split('\n').filter((line) => line.includes(code));
      expect(lines.join('\n')).toContain(file);
      expect(lines.join('\n')).toContain(ERROR_CODES[code].hint);

      setRoom(at, null);
      const again = await startDaemon(at);
      daemon = again;
      expect(await loaded(at, again)).toMatchObject({ residue: 0 });
      expect(compare(undisturbed, contents(at, since)).differences).toEqual([]);
    });

    test('goes on by itself once there is room', async () => {
      const { at, running } = await untilFull();
      setRoom(at, null);
      expect(await loaded(at, running)).toMatchObject({ residue: 0 });
      expect(compare(undisturbed, contents(at, since)).differences).toEqual([]);
      await until('nothing waits for room', async () =>
        (await readiness(running)).waiting.some((one) => one.includes('disk is full')) ? null : true,
      );
    });
  });
});
