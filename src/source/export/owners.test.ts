import { describe, expect, it } from 'vitest';
import { describeOwners } from './owners.ts';
import type { ExportRow } from './profile.ts';

async function* rows(): AsyncGenerator<ExportRow> {
  yield { id: 'U1', fields: { Name: 'Ayşe Yılmaz', Email: 'ayse@firm.example', Active: 'Evet' } };
  yield { id: 'U2', fields: { Name: 'Oliver Bell', Email: 'oliver@firm.example', Active: 'Hayır' } };
}

describe('SCO-10 owners', () => {
  it('are those of the file and those whom only records name', async () => {
    expect(await describeOwners(rows(), ['oliver@firm.example', 'left@firm.example'])).toEqual([
      { reference: 'ayse@firm.example', name: 'Ayşe Yılmaz', email: 'ayse@firm.example', active: true },
      { reference: 'oliver@firm.example', name: 'Oliver Bell', email: 'oliver@firm.example', active: false },
      { reference: 'left@firm.example', name: null, email: 'left@firm.example', active: false },
    ]);
  });

  it('are found by id or name where records do not write an e-mail address', async () => {
    const owners = await describeOwners(rows(), ['U1', 'oliver bell', 'Nobody']);
    expect(owners.slice(2)).toEqual([
      { reference: 'Nobody', name: null, email: null, active: false },
      { reference: 'U1', name: 'Ayşe Yılmaz', email: 'ayse@firm.example', active: true },
      { reference: 'oliver bell', name: 'Oliver Bell', email: 'oliver@firm.example', active: false },
    ]);
  });

  it('count once, however their address is written', async () => {
    expect(await describeOwners(rows(), ['AYSE@firm.example'])).toHaveLength(2);
  });
});
