import type { FieldValues } from '../../../src/events/event.ts';
import type { ObjectPolicies } from '../../../src/mapping/model.ts';
import type { EditRow } from '../../../src/state/state.ts';
import { mappingOf, SinkWorld, type TestObject, type WorldOptions } from '../sink-world.ts';
import { oneEmail, personName, text } from './values.ts';

const contact = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'person',
  tier: 'person',
  policies,
  columns: ['name', 'jobTitle', 'avatarUrl', 'emails'],
  draft: ({ after }) => ({
    fields: {
      name: personName(after.name),
      jobTitle: text(after.job),
      ...(after.city === undefined ? {} : { avatarUrl: text(after.city) }),
      emails: oneEmail(after.email),
    },
  }),
});

/** One contact of a source, its row in Twenty, and Eve, who works there. */
export class EditedContact {
  readonly world: SinkWorld;

  private constructor(world: SinkWorld) {
    this.world = world;
  }

  static async open(
    policies: Partial<ObjectPolicies> = {},
    options: Partial<WorldOptions> = {},
  ): Promise<EditedContact> {
    const world = await SinkWorld.open({
      mapping: mappingOf({ contact: contact(policies) }),
      members: [{ firstName: 'Eve', lastName: 'Example', email: 'eve@example.com' }],
      ...options,
    });
    return new EditedContact(world);
  }

  /** What the source says of it now, through to Twenty; null: it is gone there. */
  async put(after: FieldValues | null): Promise<void> {
    await this.world.put('contact', '1', after);
    await this.world.rest();
  }

  /** Its row, deleted or not. */
  row(): Readonly<Record<string, unknown>> {
    return this.world.sandbox.dump('person')[0] ?? {};
  }

  /** By her address she is a member, whom the timeline names. */
  edit(data: Readonly<Record<string, unknown>>, person = 'Eve'): void {
    this.world.sandbox.person({ person, action: 'update', object: 'person', id: String(this.row().id), data });
  }

  act(action: 'delete' | 'restore' | 'destroy', person = 'Eve'): void {
    this.world.sandbox.person({ person, action, object: 'person', id: String(this.row().id) });
  }

  /** Looks for what people changed, and writes what follows from it. */
  async poll(): Promise<void> {
    await this.world.running.pollEdits();
    await this.world.rest();
  }

  /** The edits as they are listed, without what differs from run to run. */
  async edits(status?: EditRow['status']): Promise<readonly Partial<EditRow>[]> {
    const listed = await this.world.state.read((tx) =>
      tx.edits.list({ limit: 100, ...(status === undefined ? {} : { status }) }),
    );
    return listed.map(({ field, base, value, by, status: is, replacement, because, foundBy }) => ({
      field,
      base,
      value,
      by,
      status: is,
      replacement,
      because,
      foundBy,
    }));
  }

  /** Of what is asked about records, what nobody has answered. */
  questions() {
    return this.world.state.read((tx) => tx.reviews.list({ status: 'open', queue: 'record', limit: 100 }));
  }

  async answer(choice: string): Promise<void> {
    const [question] = await this.questions();
    await this.world.answer(question?.id ?? '', choice);
  }
}
