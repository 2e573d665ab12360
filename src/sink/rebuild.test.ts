import { afterEach, describe, expect, it } from 'vitest';
import { LogWorld } from '../../test/support/log-world.ts';
import { contactWithEmail } from '../../test/support/sink/objects.ts';
import { oneEmail, personName } from '../../test/support/sink/values.ts';
import { mappingOf } from '../../test/support/sink-world.ts';

let log: LogWorld;
afterEach(() => log.close());

const contact = contactWithEmail({ duplicate: 'merge', onDelete: 'soft-delete' });

const put = (id: string, after: { readonly name: string; readonly email: string } | null) =>
  log.put(log.world.event('contact', id, after));

describe('a state that is rebuilt', () => {
  it('still knows which rows were there before us: what the source deletes later is let go of, never removed', async () => {
    log = await LogWorld.open({ mapping: mappingOf({ contact }) }, { contact: ['name', 'email'] });
    await log.startIntake();
    const { world } = log;
    const [id] = world.sandbox.seed('person', [
      {
        name: personName('Stranger'),
        emails: oneEmail('x@firm.example'),
      },
    ]);
    await put('1', { name: 'Ada', email: 'x@firm.example' });
    await put('2', { name: 'Bob', email: 'b@firm.example' });
    await world.rest();
    expect(world.rows('person').map((row) => row.id)).toContain(id);
    await log.rebuild();
    await log.startIntake();
    await world.rest();
    await put('1', null);
    await put('2', null);
    await log.intake.caughtUp();
    await world.rest();
    expect(world.rows('person').map((row) => row.id)).toEqual([id]);
  });
});
