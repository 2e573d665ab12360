import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { command, prepare, rowOf, SOURCE } from './deployment.ts';
import { dropTables, smallFirm } from './exports.ts';

/** Too many refusals stop the object, not the record, and not the others; a person lets it go on. */

const firm = smallFirm();
const deal = (id: string, currency: string) => ({ ...firm.deal[0], 'Deal ID': id, Currency: currency });
const refused = [deal('D7', 'dollars'), deal('D8', 'dollars'), deal('D9', 'dollars')];

test('an object whose breaker opened is written no more until somebody resumes it; the next process knows it too', async () => {
  const deployment = await prepare({ callsPerMinute: 100_000 });
  const once = async () => JSON.parse((await command(deployment, ['run', '--once', '--json'])).out) as object;
  const status = async () => JSON.parse((await command(deployment, ['status', '--json'])).out) as object;
  try {
    appendFileSync(deployment.configuration, 'breaker: { window: 10, limit: 3 }\n');
    await once();
    expect(rowOf(deployment, 'opportunity', 'deal/D1')).not.toBeNull();
    dropTables(deployment.drop, { ...firm, deal: [...firm.deal, ...refused] }, '2026-03-03');
    expect(await once()).toMatchObject({ objects: { deal: { deadLettered: 3 } }, residue: 0 });
    expect(await status()).toMatchObject({ stopped: [{ source: SOURCE, object: 'deal' }] });

    const company = { ...firm.company[0], 'Company ID': 'C9', 'Company Name': 'New Ltd' };
    const tables = {
      ...firm,
      company: [...firm.company, company],
      deal: [...firm.deal, ...refused, deal('D10', 'EUR')],
    };
    dropTables(deployment.drop, tables, '2026-03-04');
    expect(await once()).toMatchObject({ objects: { deal: { deadLettered: 3, onTheWay: 1 } }, residue: 0 });
    expect(rowOf(deployment, 'opportunity', 'deal/D10')).toBeNull();
    expect(rowOf(deployment, 'company', 'company/C9')).not.toBeNull();

    expect((await command(deployment, ['resume', `${SOURCE}/contact`])).code).toBe(2);
    expect((await command(deployment, ['resume', `${SOURCE}/deal`, '--by', 'Jo'])).code).toBe(0);
    expect(await once()).toMatchObject({ objects: { deal: { deadLettered: 3, onTheWay: 0 } }, residue: 0 });
    expect(rowOf(deployment, 'opportunity', 'deal/D10')).not.toBeNull();
    expect(await status()).toMatchObject({ stopped: [] });
  } finally {
    await deployment.close();
  }
}, 180_000);
