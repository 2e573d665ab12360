import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignNames, memoryNameTable, type NameStyle, Naming, topicName } from './names.ts';

const given = (pairs: Readonly<Record<string, string>>) => new Map(Object.entries(pairs));
const legalOf = (names: readonly string[], style: NameStyle) =>
  assignNames(new Map(), names, style).map(({ legal }) => legal);

test('names stay readable: letters lose their marks, everything else becomes an underscore', () => {
  expect(
    legalOf(['İlgili Kişi', 'Şirket Adı', 'E-posta (iş)', 'firstName', '2nd phone', 'Straße', '__proto__'], 'field'),
  ).toEqual(['Ilgili_Kisi', 'Sirket_Adi', 'E_posta_is', 'firstName', 'n_2nd_phone', 'Strasse', 'proto']);
  expect(legalOf(['Smart CRM Online', 'Deals/Won'], 'part')).toEqual(['smart_crm_online', 'deals_won']);
});

test('names of which nothing legal is left still get one each', () => {
  expect(legalOf(['客户', 'клиент', '+'], 'field')).toEqual(['field', 'field_2', 'field_3']);
});

test('names that would become equal are told apart, in the order in which they came', () => {
  expect(legalOf(['E-Mail', 'e mail', 'E_MAIL'], 'field')).toEqual(['E_Mail', 'e_mail_2', 'E_MAIL_3']);
});

test('no object takes the name of one of the source’s own topics', () => {
  expect(legalOf(['retry', 'Dead', 'control'], 'part')).toEqual(['retry_2', 'dead_2', 'control_2']);
});

test('a name once given stays, whatever comes later', () => {
  expect(assignNames(given({ 'e mail': 'e_mail' }), ['E-Mail', 'e mail'], 'field')).toEqual([
    { name: 'E-Mail', legal: 'E_Mail_2' },
  ]);
});

describe('for any names at all', () => {
  const names = fc.uniqueArray(
    fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ maxLength: 300 })),
    { maxLength: 30 },
  );
  const style = fc.constantFrom<NameStyle>('part', 'field');

  test('legal names are legal for Avro and Kafka, and distinct even without regard to case', () => {
    fc.assert(
      fc.property(names, style, (all, how) => {
        const legal = legalOf(all, how);
        expect(legal).toHaveLength(all.length);
        expect(new Set(legal.map((name) => name.toLowerCase())).size).toBe(all.length);
        for (const name of legal) expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/);
        const topics = legal.map((name) => topicName('s', name));
        expect(new Set(topics.map((topic) => topic.replaceAll('.', '_'))).size).toBe(
          how === 'part' ? all.length : topics.length,
        );
        for (const topic of topics) expect(topic).toMatch(/^[a-zA-Z0-9._-]{1,249}$/);
        const fields = legal.map((name) => ({ name, type: 'string' as const }));
        expect(avro.Type.forSchema({ type: 'record', name: 'R', fields }).typeName).toBe('record');
      }),
    );
  });

  test('names given one after the other are the names given together', () => {
    fc.assert(
      fc.property(names, style, fc.nat(), (all, how, cut) => {
        const at = all.length === 0 ? 0 : cut % all.length;
        const first = assignNames(new Map(), all.slice(0, at), how);
        const second = assignNames(new Map(first.map(({ name, legal }) => [name, legal])), all, how);
        expect([...first, ...second]).toEqual(assignNames(new Map(), all, how));
      }),
    );
  });
});

test('names come from the table where it has them, and go into it where not', async () => {
  const table = memoryNameTable();
  expect(await new Naming(table).topic('Smart CRM', 'Kişi Kartı')).toBe('changeover.smart-crm.kisi-karti');
  await table.add('objects:Smart CRM', [{ name: 'Kisi', legal: 'somebody_chose_this' }]);
  expect(await new Naming(table).topic('Smart CRM', 'Kisi')).toBe('changeover.smart-crm.somebody-chose-this');
  expect(await new Naming(table).sourceTopic('Smart CRM', 'dead')).toBe('changeover.smart-crm.dead');
  expect(await table.all('sources')).toEqual(new Map([['Smart CRM', 'smart_crm']]));
});

test('callers at the same time never get one name for two', async () => {
  const naming = new Naming(memoryNameTable());
  const topics = await Promise.all(['Deal', 'deal', 'DEAL', 'Deal '].map((object) => naming.topic('crm', object)));
  expect(topics).toEqual([
    'changeover.crm.deal',
    'changeover.crm.deal-2',
    'changeover.crm.deal-3',
    'changeover.crm.deal-4',
  ]);
});
