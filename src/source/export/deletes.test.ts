import { describe, expect, it } from 'vitest';
import { bench, changes, HEADER, last, load, put, rows, told } from './testing.ts';

describe('SCO-S2 deletes that are not believed', () => {
  it('wait while rows of the export were rejected, and go once someone accepts', async () => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 100));
    put(at, 2, `${HEADER}${rows(1, 97)}C-98,too,few\r\n${rows(101, 101)}`);
    const reading = await changes(at, since);
    expect(told(reading)).toEqual(['UPSERT C-101']);
    // C-98 stays for as long as its row is broken; C-99 and C-100 wait.
    expect(reading.pages.at(-1)?.ends).toMatchObject({ rows: 99, rejected: 1, retained: 3 });
    const [question] = reading.pages.flatMap((page) => page.questions ?? []);
    expect(question).toMatchObject({
      object: 'contact',
      choices: ['accept', 'refuse'],
      detail: { deletes: 2, sample: ['C-100', 'C-99'] },
    });
    expect((await changes(at, last(reading))).pages).toEqual([]);
    at.answers.set(question?.id ?? '', 'accept');
    const accepted = await changes(at, last(reading));
    expect(told(accepted)).toEqual(['DELETE C-100', 'DELETE C-99']);
    expect(accepted.pages.at(-1)?.ends).toMatchObject({ rows: 99, rejected: 1, retained: 1 });
    expect((await changes(at, last(accepted))).pages).toEqual([]);
  });

  it('stay for good when someone refuses, and the next export asks anew', async () => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 100));
    put(at, 2, HEADER + rows(1, 50));
    const asked = await changes(at, since);
    expect(told(asked)).toEqual([]);
    const [question] = asked.pages.flatMap((page) => page.questions ?? []);
    at.answers.set(question?.id ?? '', 'refuse');
    const refused = await changes(at, last(asked));
    expect(told(refused)).toEqual([]);
    put(at, 3, HEADER + rows(1, 51));
    const again = await changes(at, last(refused));
    expect(told(again)).toEqual([]);
    expect(again.pages.at(-1)?.ends).toMatchObject({ rows: 51, retained: 49 });
    expect(again.pages.at(-1)?.questions?.[0]?.id).not.toBe(question?.id);
    put(at, 4, HEADER + rows(1, 100));
    const whole = await changes(at, last(again));
    expect(told(whole)).toEqual([]);
    expect(whole.pages.at(-1)?.ends).toMatchObject({ rows: 100, retained: 0 });
  });

  it('go without asking while they are few, or a small share', async () => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 1_000));
    put(at, 2, HEADER + rows(51, 1_000));
    const reading = await changes(at, since);
    expect(reading.records.filter(({ op }) => op === 'DELETE')).toHaveLength(50);
    put(at, 3, HEADER + rows(100, 1_000));
    expect((await changes(at, last(reading))).pages.at(-1)?.questions).toHaveLength(1);
    expect((await changes(at, last(reading), { limits: { deleteShare: 0.1 } })).records).toHaveLength(49);
  });

  it('never follow from a totals or page line', async () => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 100));
    put(at, 2, `${HEADER}${rows(1, 99)}Total,99\r\nPage 1 of 1\r\n`);
    const reading = await changes(at, since);
    expect(told(reading)).toEqual(['DELETE C-100']);
    expect(reading.pages.flatMap((page) => page.rejects ?? []).map(({ code, line }) => [code, line])).toEqual([
      ['ROW_TOTALS', 101],
      ['ROW_PAGE_LINE', 102],
    ]);
    expect(reading.pages.at(-1)?.ends).toMatchObject({ rows: 101, rejected: 2, retained: 0 });
  });
});

describe('ALL-3 the same id twice', () => {
  it.each([
    ['old row first', 'C-2,new@example.com,CO-2,ok\r\n'],
    ['new row first', ''],
  ])('rejects every row of it, and keeps what was live: %s', async (_, tail) => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 30));
    const head = tail === '' ? 'C-2,new@example.com,CO-2,ok\r\n' : '';
    put(at, 2, `${HEADER}${head}${rows(1, 30)}${tail}C-40,x,,\r\nC-40,y,,\r\n`);
    const reading = await changes(at, since);
    expect(told(reading)).toEqual([]);
    expect(
      reading.pages
        .flatMap((page) => page.rejects ?? [])
        .map(({ code, id }) => `${code} ${id}`)
        .sort(),
    ).toEqual(['ROW_DUPLICATE_ID C-2', 'ROW_DUPLICATE_ID C-2', 'ROW_DUPLICATE_ID C-40', 'ROW_DUPLICATE_ID C-40']);
    expect(reading.pages.at(-1)?.ends).toMatchObject({ rows: 33, rejected: 4, retained: 1 });
    put(at, 3, HEADER + rows(1, 30));
    expect((await changes(at, last(reading))).records).toEqual([]);
  });
});
