import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { residue } from '../../src/sink/index.ts';
import { NO_DEAL } from './din-account.ts';
import { type DinWorld, MEMBERS, openDinWorld } from './din-world.ts';

/** DinamikCRM again, with the other answer to every choice that its mapping gives. */

let held: DinWorld;
let summed: DinWorld;

beforeAll(async () => {
  held = await openDinWorld({ invoices: 'fields', severalInvoices: 'hold', tickets: 'object', ticketMessages: 'body' });
  summed = await openDinWorld({
    invoices: 'fields',
    severalInvoices: 'sum',
    tickets: 'object',
    ticketMessages: 'notes',
  });
}, 240_000);

afterAll(async () => {
  await held?.close();
  await summed?.close();
});

const of = (world: DinWorld, object: string, name: string) =>
  world.deployment.sandbox
    .dump('opportunity')
    .concat(world.deployment.sandbox.dump('note'))
    .filter(({ sourceKey }) => sourceKey === `crm/${object}/${world.made.id(name)}`);

describe('DIN-8 invoices, as fields of the deal', () => {
  it('stand in the deal where it has one, and have no row of their own', () => {
    for (const world of [held, summed]) {
      expect(world.row('opportunity', 'deal', 'serviced')).toMatchObject({
        invoiceCount: 1,
        invoiceNumber: 'F-3',
        invoiceTotal: { amountMicros: 300_000 },
        invoiceTax: { amountMicros: 0 },
        invoiceStatus: 'Ödendi',
        invoiceLines: '1 × Dime @ 0.1 = 0.1\n2 × Two dimes @ 0.1 = 0.2',
      });
      expect(of(world, 'invoice', 'alone')).toEqual([]);
    }
  });

  it('of a deal with several wait for a person, and the deal says how many there are', async () => {
    expect(held.row('opportunity', 'deal', 'big')).toMatchObject({ invoiceCount: 2, invoiceNumber: '' });
    for (const name of ['right', 'wrong']) {
      expect(of(held, 'invoice', name)).toEqual([]);
      expect(await held.asked('invoice', name)).toContainEqual(expect.stringContaining('has several invoices'));
    }
  });

  it('are loaded as opportunities of their own, or left out, as the person answers', async () => {
    const reviews = await held.deployment.reviews();
    const about = (name: string) =>
      reviews.find(
        ({ recordKey, question }) =>
          recordKey === `crm/invoice/${held.made.id(name)}` && question.includes('has several invoices'),
      )?.id ?? '';
    await held.deployment.answer(about('right'), 'own-opportunity');
    await held.deployment.answer(about('wrong'), 'leave-out');
    await held.deployment.settle();
    expect(held.row('opportunity', 'invoice', 'right')).toMatchObject({
      name: 'Invoice F-1',
      kind: 'INVOICE',
      amount: { amountMicros: 121_200_000 },
    });
    expect(of(held, 'invoice', 'wrong')).toEqual([]);
  });

  it('of a deal with several are summed, with all their numbers and lines', () => {
    const deal = summed.row('opportunity', 'deal', 'big');
    expect(deal).toMatchObject({
      invoiceCount: 2,
      invoiceTotal: { amountMicros: 221_200_000 },
      invoiceTax: { amountMicros: 20_200_000 },
    });
    for (const part of ['F-1', 'F-2']) expect(deal.invoiceNumber).toContain(part);
    for (const part of ['Fitting', '33.33']) expect(deal.invoiceLines).toContain(part);
    for (const name of ['right', 'wrong']) expect(of(summed, 'invoice', name)).toEqual([]);
  });

  it('are in their own currency, whatever that of the deal is', () => {
    for (const world of [held, summed]) {
      expect(world.row('opportunity', 'deal', 'abroad')).toMatchObject({
        amount: { amountMicros: 10_000_000, currencyCode: 'EUR' },
        invoiceTotal: { amountMicros: 420_000_000, currencyCode: 'TRY' },
        invoiceTax: { amountMicros: 70_000_000, currencyCode: 'TRY' },
      });
    }
    expect(summed.row('opportunity', 'deal', 'big').invoiceTotal).toMatchObject({ currencyCode: 'TRY' });
    expect(summed.row('opportunity', 'deal', 'serviced').invoiceTotal).toMatchObject({ currencyCode: 'EUR' });
  });

  it('in several currencies are not added up: a person is asked, and the deal lists each with its amounts', async () => {
    const deal = summed.row('opportunity', 'deal', 'mixed');
    expect(deal).toMatchObject({
      invoiceCount: 2,
      invoiceNumber: 'F-5, F-6',
      invoicesNotAdded: 'F-5: total 300 TRY, tax 0\nF-6: total 7 EUR, tax 1',
      needsReview: true,
    });
    for (const field of ['invoiceTotal', 'invoiceTax'])
      expect((deal[field] as { amountMicros?: unknown } | null | undefined)?.amountMicros ?? null).toBeNull();
    expect(await summed.asked('deal', 'mixed')).toEqual([expect.stringContaining('could not be added up')]);
    for (const name of ['mixed-lira', 'mixed-euro']) {
      expect(of(summed, 'invoice', name)).toEqual([]);
      expect(await held.asked('invoice', name)).toContainEqual(expect.stringContaining('has several invoices'));
    }
    for (const name of ['abroad', 'mixed']) expect(await held.asked('deal', name)).toEqual([]);
  });

  it('of a deal that is not there are in no deal: they wait for a person, and are never left out unasked', async () => {
    for (const world of [held, summed]) {
      for (const name of ['free', 'lost']) {
        expect(await world.deployment.record('invoice', String(world.made.id(name)))).toMatchObject({ class: 'held' });
        expect(await world.asked('invoice', name)).toEqual([
          expect.stringContaining('belongs to no deal that is there'),
        ]);
      }
    }
  });

  it('are in their deal as soon as it is there', async () => {
    expect(summed.made.make('Opportunity', 'found', { name: 'Found', amount: 1, currency: 'TRY', stageId: 11 })).toBe(
      NO_DEAL,
    );
    await summed.deployment.settle();
    expect(summed.row('opportunity', 'deal', 'found')).toMatchObject({ invoiceNumber: 'F-8', invoiceCount: 1 });
    expect(await summed.deployment.record('invoice', String(summed.made.id('lost')))).toMatchObject({
      class: 'excluded',
    });
  });

  it('are left out, or loaded, as the person answers of one that belongs to no deal', async () => {
    const answer = async (name: string, what: string): Promise<void> => {
      const key = `crm/invoice/${held.made.id(name)}`;
      const id = (await held.deployment.reviews()).find(({ recordKey }) => recordKey === key)?.id ?? '';
      await held.deployment.answer(id, what);
    };
    await answer('free', 'leave-out');
    await answer('lost', 'own-opportunity');
    await held.deployment.settle();
    expect(await held.deployment.record('invoice', String(held.made.id('free')))).toMatchObject({ class: 'excluded' });
    expect(held.row('opportunity', 'invoice', 'lost')).toMatchObject({ name: 'Invoice F-8', kind: 'INVOICE' });
  });

  it('whose lines add up to something else are told, and not corrected', async () => {
    for (const world of [held, summed]) {
      expect(await world.asked('deal', 'big')).toEqual([expect.stringContaining('do not add up')]);
      expect(await world.asked('deal', 'serviced')).toEqual([]);
      expect(world.row('opportunity', 'deal', 'big')).toMatchObject({
        invoiceDifferences: 'F-2: total 100, lines and tax 99.99',
      });
    }
  });
});

describe('DIN-9 DESK tickets, as objects of their own', () => {
  it('have status, priority, assignee, company and contact', () => {
    for (const world of [held, summed])
      expect(world.row('deskTicket', 'ticket', 'broken')).toMatchObject({
        name: 'It broke',
        ticketNumber: 'D-1',
        ticketStatus: 'Beklemede',
        ticketPriority: 'Yüksek',
        assigneeId: MEMBERS.oliver.id,
        companyId: world.row('company', 'company', 'acme').id,
        personId: world.row('person', 'contact', 'ann').id,
      });
  });

  it('have each message as a note that is linked to the ticket by a relation that was provisioned', () => {
    for (const name of ['first', 'second'])
      expect(summed.row('note', 'ticketMessage', name).deskTicketId).toBe(
        summed.row('deskTicket', 'ticket', 'broken').id,
      );
  });

  it('have each message linked to the ticket’s person and company, which the message itself does not name', () => {
    for (const name of ['first', 'second'])
      expect(summed.targets('noteTarget', 'ticketMessage', name)).toEqual({
        targetPersonId: summed.row('person', 'contact', 'ann').id,
        targetCompanyId: summed.row('company', 'company', 'acme').id,
      });
  });

  it('have the thread in their text, in order, where messages are no notes', () => {
    const { description } = held.row('deskTicket', 'ticket', 'broken');
    expect(String(description)).toMatch(/The pump[\s\S]*Ann[\s\S]*Help[\s\S]*Oliver[\s\S]*On my way/);
    for (const name of ['first', 'second']) expect(of(held, 'ticketMessage', name)).toEqual([]);
  });

  it('list what that loses, where it loses something', async () => {
    const lost = async ({ deployment }: DinWorld) =>
      (await deployment.app.state.read((tx) => tx.losses.summary('crm'))).filter(({ field }) => field === 'thread');
    expect(await lost(held)).toMatchObject([{ object: 'ticket', kind: 'dropped' }]);
    expect(await lost(summed)).toEqual([]);
  });
});

describe('ALL-3 every record is accounted for', () => {
  it('whatever was chosen', async () => {
    for (const { deployment } of [held, summed]) expect(await deployment.app.state.read((tx) => residue(tx))).toBe(0);
  });
});
