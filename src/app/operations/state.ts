import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import { refuseOtherDeployment } from '../../events/claims.ts';
import { rebuildState } from '../../sink/rebuild.ts';
import { RESTORED_SETTING } from '../../sink/reclaim.ts';
import type { Application } from '../application.ts';
import { defineOperation, type OperationContext } from '../operation.ts';
import { takeIdentity } from '../state-identity.ts';
import { mappingsOf } from './replay.ts';

/** A copy of the state as it is at this moment, while work goes on. */
export const stateBackup = defineOperation({
  name: 'state-backup',
  access: 'write',
  input: z.strictObject({ file: z.string().min(1) }),
  run: ({ app }, { file }) => app.shape.state.backup(file),
});

/**
 * The state as a backup has it, whichever database that came from. What it does not know of Twenty is read there by the writer,
 * before it writes anything (src/sink/SPEC.md §15).
 */
export const stateRestore = defineOperation({
  name: 'state-restore',
  access: 'write',
  input: z.strictObject({ file: z.string().min(1), replace: z.boolean().default(false), by: z.string().trim().min(1) }),
  async run(context, { file, replace, by }) {
    refuseUnderDaemon(context, 'restored');
    const { shape, ports } = context.app;
    const settings = { [RESTORED_SETTING]: { at: ports.clock.now(), by } };
    const result = await shape.state.restore(file, { replace, settings });
    ports.logger.info({ by, ...result }, 'state restored');
    return result;
  },
});

/** A lost state made anew from the log and the sync fields in Twenty (design §12). Decisions of people must be taken again. */
export const stateRebuild = defineOperation({
  name: 'state-rebuild',
  access: 'write',
  input: z.strictObject({ by: z.string().trim().min(1) }),
  async run(context, input) {
    refuseUnderDaemon(context, 'rebuilt');
    const { app } = context;
    const known = await app.state.read((tx) => tx.ledger.rows(null));
    if (known.some((row) => row.live > 0)) {
      throw new ChangeoverError('STATE_NOT_LOST', 'the state knows records already; rebuilding is for a lost one', {
        hint: 'Move the state file (or rename its schema) away first, if it is to be made anew.',
      });
    }
    await takeLog(app);
    const { client } = await app.twenty();
    const result = await rebuildState({
      state: app.state,
      events: app.events,
      twenty: client,
      clock: app.ports.clock,
      logger: app.ports.logger,
      mappings: await mappingsOf(app, 'file'),
      lane: 'operator',
    });
    const { events, rows, unknown } = result;
    const at = app.ports.clock.now();
    const entries = app.loaded.configuration.sources.map(({ name }) => ({
      at,
      by: input.by,
      action: 'state-rebuild',
      source: name,
      object: null,
      key: null,
      reason: null,
      detail: { events, rows, unknown: unknown.length },
    }));
    await app.state.transaction((tx) => tx.audit.append(entries));
    app.ports.logger.info({ by: input.by, ...result }, 'state rebuilt');
    return result;
  },
});

/**
 * The state goes on with the log of the one that was lost: under its name, and with the names that it gave.
 * @throws BUS_OTHER_DEPLOYMENT
 */
async function takeLog({ events, state, loaded }: Application): Promise<void> {
  const { deployment, sources } = loaded.configuration;
  await events.recoverNames(new Set(sources.map(({ name }) => name)));
  for (const { name } of sources) {
    const owner = await events.notices.ownerOf(name);
    if (owner === null) continue;
    refuseOtherDeployment(await events.sourceTopic(name, 'control'), owner, deployment);
    await takeIdentity(state, owner.state);
  }
}

function refuseUnderDaemon({ daemon }: OperationContext, what: string): void {
  if (daemon === null) return;
  throw new ChangeoverError('STATE_BUSY', `the state cannot be ${what} under a running daemon`, {
    hint: 'Run `changeover stop` first.',
  });
}
