import { describe, expect, it } from 'vitest';
import type { OwnerRow, RejectRow, ReviewRow } from '../../../src/state/state.ts';
import type { OpenState } from '../state.ts';
import { codeOf } from './samples.ts';

export function peopleConformance(open: OpenState): void {
  describe('owners', () => {
    it('are kept per source with what was decided about them', async () => {
      const store = await open();
      const owner = (reference: string, decision: OwnerRow['decision'], source = 'crm'): OwnerRow => ({
        source,
        reference,
        email: `${reference}@example.com`,
        name: null,
        active: reference !== 'b',
        decision,
        decidedAt: decision.kind === 'unresolved' ? null : 5,
      });
      const a = owner('a', { kind: 'unresolved' });
      const b = owner('b', { kind: 'substitute', memberId: 'm', by: 'ops', email: 'x@example.com' });
      await store.transaction((state) =>
        state.owners.put([b, a, owner('a', { kind: 'waived', by: 'ops', records: 3 }, 'other')]),
      );
      await store.transaction((state) => state.owners.put([{ ...a, decision: { kind: 'member', memberId: 'm2' } }]));
      const decided: OwnerRow = { ...a, decision: { kind: 'member', memberId: 'm2' } };
      expect(await store.read((state) => state.owners.get('crm', ['a', 'b', 'c']))).toEqual(
        new Map([
          ['a', decided],
          ['b', b],
        ]),
      );
      expect(await store.read((state) => state.owners.all('crm'))).toEqual([decided, b]);
      expect(await store.read((state) => state.owners.all(null))).toHaveLength(3);
    });
  });

  describe('reviews', () => {
    const question = (
      id: string,
      more: { question?: string; choices?: readonly string[]; queue?: 'record' | 'owner' } = {},
    ) => ({
      id,
      queue: more.queue ?? ('record' as const),
      source: 'crm',
      object: 'contact',
      recordKey: 'crm/contact/1',
      question: more.question ?? 'Load it?',
      detail: { rows: 3 },
      choices: more.choices ?? ['load', 'exclude'],
      blocking: true,
      createdAt: 1,
    });
    const asked: Pick<ReviewRow, 'status' | 'answer' | 'answeredBy' | 'answeredAt'> = {
      status: 'open',
      answer: null,
      answeredBy: null,
      answeredAt: null,
    };

    it('are asked once, and an answered one stays answered', async () => {
      const store = await open();
      const ask = (...rows: readonly ReturnType<typeof question>[]) =>
        store.transaction((state) => state.reviews.ask(rows));
      expect(await ask(question('q1'), question('q2'))).toEqual(['q1', 'q2']);
      expect(await ask(question('q1'), question('q3'), question('q3'))).toEqual(['q3']);
      const answered = await store.transaction((state) => state.reviews.answer('q1', 'load', 'ops', 7));
      expect(answered).toEqual({
        ...question('q1'),
        status: 'answered',
        answer: 'load',
        answeredBy: 'ops',
        answeredAt: 7,
      });
      expect(await ask(question('q1', { question: 'Again?' }))).toEqual([]);
      expect(await store.read((state) => state.reviews.get(['q1', 'q2', 'none']))).toEqual(
        new Map([
          ['q1', answered],
          ['q2', { ...question('q2'), ...asked }],
        ]),
      );
    });

    it('an open question follows the facts, and a withdrawn one that is asked again is open again', async () => {
      const store = await open();
      await store.transaction(async (state) => {
        await state.reviews.ask([question('q1')]);
        await state.reviews.ask([question('q1', { question: 'Load these 5?', choices: [] })]);
      });
      const get = async () => (await store.read((state) => state.reviews.get(['q1']))).get('q1');
      expect(await get()).toEqual({ ...question('q1', { question: 'Load these 5?', choices: [] }), ...asked });
      await store.transaction((state) => state.reviews.withdraw(['q1', 'none']));
      expect(await codeOf(store.transaction((state) => state.reviews.answer('q1', 'x', 'ops', 1)))).toBe(
        'REVIEW_UNKNOWN',
      );
      expect(await store.transaction((state) => state.reviews.ask([question('q1')]))).toEqual(['q1']);
      expect(await get()).toEqual({ ...question('q1'), ...asked });
    });

    it('take only the choices given, or anything where none are', async () => {
      const store = await open();
      await store.transaction((state) => state.reviews.ask([question('q1'), question('q2', { choices: [] })]));
      const answer = (id: string, text: string) =>
        store.transaction((state) => state.reviews.answer(id, text, 'ops', 1));
      expect(await codeOf(answer('q1', 'maybe'))).toBe('REVIEW_CHOICE_UNKNOWN');
      expect(await codeOf(answer('none', 'load'))).toBe('REVIEW_UNKNOWN');
      expect((await answer('q2', 'whatever')).answer).toBe('whatever');
    });

    it('are listed by what is asked for, page by page, and counted per queue', async () => {
      const store = await open();
      await store.transaction(async (state) => {
        await state.reviews.ask([question('q1'), question('q2'), question('q3', { queue: 'owner' }), question('q4')]);
        await state.reviews.answer('q2', 'load', 'ops', 1);
      });
      const ids = (filter: Parameters<Parameters<Parameters<typeof store.read>[0]>[0]['reviews']['list']>[0]) =>
        store.read(async (state) => (await state.reviews.list(filter)).map((row) => row.id));
      expect(await ids({ limit: 2 })).toEqual(['q1', 'q2']);
      expect(await ids({ limit: 2, after: 'q2' })).toEqual(['q3', 'q4']);
      expect(await ids({ limit: 9, source: 'crm', queue: 'record', status: 'open' })).toEqual(['q1', 'q4']);
      expect(await ids({ limit: 9, source: 'other' })).toEqual([]);
      expect(await store.read((state) => state.reviews.counts())).toEqual([
        { queue: 'source', open: 0 },
        { queue: 'record', open: 2 },
        { queue: 'quality', open: 0 },
        { queue: 'schema', open: 0 },
        { queue: 'owner', open: 1 },
      ]);
    });
  });

  describe('mappings', () => {
    it('the last one confirmed is the one that counts, also when the clock went back', async () => {
      const store = await open();
      const mapping = (hash: string, confirmedAt: number) => ({
        source: 'crm',
        hash,
        text: `# ${hash}`,
        confirmedBy: 'ops',
        confirmedAt,
      });
      await store.transaction(async (state) => {
        await state.mappings.confirm(mapping('one', 9));
        await state.mappings.confirm(mapping('two', 5));
      });
      expect(await store.read((state) => state.mappings.current('crm'))).toEqual(mapping('two', 5));
      expect(await store.read((state) => state.mappings.history('crm'))).toEqual([
        mapping('one', 9),
        mapping('two', 5),
      ]);
      expect(await store.read((state) => state.mappings.current('other'))).toBeNull();
    });
  });

  describe('rejects and losses', () => {
    it('the rejects of an object’s newest snapshot replace those of its last', async () => {
      const store = await open();
      const reject = (line: number, snapshot: string, code = 'RAGGED', object = 'contact'): RejectRow => ({
        source: 'crm',
        object,
        snapshot,
        file: 'contacts.csv',
        line,
        code,
        reason: 'too few cells',
        excerpt: '"a";',
        id: line === 3 ? '3' : null,
      });
      await store.transaction(async (state) => {
        await state.rejects.replace('crm', 'contact', 's1', [reject(3, 's1'), reject(2, 's1')]);
        await state.rejects.replace('crm', 'company', 's1', [reject(9, 's1', 'NUL', 'company')]);
        await state.rejects.replace('crm', 'contact', 's2', [reject(3, 's2')]);
        await state.rejects.add([reject(4, 's2'), reject(5, 's2', 'NUL')]);
      });
      const list = (object: string | null, limit = 10) =>
        store.read((state) => state.rejects.list('crm', object, limit));
      expect(await list('contact')).toEqual([reject(3, 's2'), reject(4, 's2'), reject(5, 's2', 'NUL')]);
      expect(await list(null, 2)).toEqual([reject(9, 's1', 'NUL', 'company'), reject(3, 's2')]);
      expect(await store.read((state) => state.rejects.counts(null))).toEqual([
        { source: 'crm', object: 'company', snapshot: 's1', code: 'NUL', rows: 1 },
        { source: 'crm', object: 'contact', snapshot: 's2', code: 'NUL', rows: 1 },
        { source: 'crm', object: 'contact', snapshot: 's2', code: 'RAGGED', rows: 2 },
      ]);
    });

    it('ALL-4 losses are counted per field with one example, before and after of the same record', async () => {
      const store = await open();
      const loss = (key: string, field: string, before: string, after: string) => ({
        key,
        source: 'crm',
        object: 'deal',
        field,
        kind: 'truncated',
        before,
        after,
      });
      await store.transaction(async (state) => {
        await state.losses.set(
          ['d1', 'd2'],
          [loss('d1', 'stage', 'zzz', 'z'), loss('d2', 'stage', 'aaa', 'a'), loss('d2', 'name', 'nnn', 'n')],
        );
        await state.losses.set(['d2'], [loss('d2', 'stage', 'bbb', 'b')]);
      });
      expect(await store.read((state) => state.losses.summary('crm'))).toEqual([
        { source: 'crm', object: 'deal', field: 'stage', kind: 'truncated', records: 2, before: 'zzz', after: 'z' },
      ]);
      expect(await store.read((state) => state.losses.summary('other'))).toEqual([]);
    });
  });
}
