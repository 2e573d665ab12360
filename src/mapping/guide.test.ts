import { describe, expect, it } from 'vitest';
import { parseObject } from '../twenty/metadata-parse.ts';
import { recordedObjects } from '../twenty/testing.ts';
import { checkMapping } from './check.ts';
import { readMapping } from './parse.ts';
import { compiled, draftOf, guideExample, recordOf, standardWorkspace } from './testing.ts';

const TIME = Date.parse('2024-05-06T07:08:09Z');

describe('the example of the guide', () => {
  const text = guideExample();
  const mapping = compiled(text);

  it('has nothing wrong, in itself and against a standard workspace', () => {
    const errors = checkMapping(readMapping(text, 'guide'), null, standardWorkspace()).filter(
      (finding) => finding.severity === 'error',
    );
    expect(errors).toEqual([]);
  });

  it('has nothing wrong against the model that a server of version 2.21.0 gave', () => {
    const { data } = JSON.parse(recordedObjects()) as { data: { objects: { edges: { node: unknown }[] } } };
    const objects = data.objects.edges.flatMap((edge) => parseObject(edge.node) ?? []);
    const workspace = { objects: new Map(objects.map((object) => [object.nameSingular, object])), hash: '', readAt: 0 };
    const errors = checkMapping(readMapping(text, 'guide'), null, workspace).filter(
      (finding) => finding.severity === 'error',
    );
    expect(workspace.objects.size).toBeGreaterThan(20);
    expect(errors).toEqual([]);
  });

  it('SCO-1: a contact becomes a person with complete composites, its company by id, then by name, then a placeholder per name', () => {
    const record = recordOf(
      mapping,
      'contact',
      {
        'First Name': ' Ada ',
        'Last Name': 'Lovelace',
        Email: 'Ada@Example.com; bad',
        Phone: '020 7123 4567',
        'Company ID': '12',
        'Company Name': ' Acme  Ltd',
        Tags: 'vip, Newsletter, Other',
      },
      { sourceCreated: TIME },
    );
    expect(record.target).toBe('person');
    expect(record.fields).toMatchObject({
      name: { firstName: 'Ada', lastName: 'Lovelace' },
      emails: { primaryEmail: 'ada@example.com', additionalEmails: [] },
      emailsText: 'bad',
      phones: {
        primaryPhoneNumber: '2071234567',
        primaryPhoneCountryCode: 'GB',
        primaryPhoneCallingCode: '+44',
        additionalPhones: [],
      },
      phonesText: null,
      jobTitle: null,
      birthday: null,
      tags: ['NEWSLETTER'],
      createdAt: '2024-05-06T07:08:09.000Z',
      companyId: null,
      ownerId: null,
      needsReview: false,
      reviewReason: null,
    });
    expect(record.links).toEqual([
      {
        name: 'company',
        attempts: [
          { by: 'id', column: 'companyId', object: 'company', id: '12', label: 'company: company by id' },
          {
            by: 'lookup',
            column: 'companyId',
            object: 'company',
            index: 'name',
            value: 'acme ltd',
            among: 'newest',
            label: 'company: company by name',
          },
        ],
        otherwise: {
          kind: 'placeholder',
          column: 'companyId',
          placeholder: {
            name: 'company/name/acme ltd',
            object: 'company',
            target: 'company',
            fields: { name: ' Acme  Ltd', isPlaceholder: true },
          },
        },
      },
    ]);
    expect(record.lookups).toEqual([
      { index: 'name', value: 'ada lovelace' },
      { index: 'email', value: 'ada@example.com; bad' },
    ]);
    expect(record.losses.map((loss) => [loss.field, loss.kind, loss.before])).toEqual([
      ['emails', 'retyped', 'bad'],
      ['tags', 'dropped', 'vip'],
      ['tags', 'dropped', 'Other'],
    ]);
  });

  it('SCO-1: a contact that names no company gets no placeholder', () => {
    const [link] = recordOf(mapping, 'contact', { 'Last Name': 'Lovelace' }).links;
    expect(link).toEqual({ name: 'company', attempts: [], otherwise: { kind: 'leave' } });
  });

  it('SCO-1: one placeholder for all, when the choice says so', () => {
    const shared = compiled(text.replace('placeholders: { value: per-name', 'placeholders: { value: shared'));
    const [link] = recordOf(shared, 'contact', { 'Last Name': 'Lovelace', 'Company Name': 'Acme' }).links;
    expect(link?.otherwise).toMatchObject({
      kind: 'placeholder',
      placeholder: { name: 'company/shared/shared', fields: { name: 'Unknown company' } },
    });
  });

  it('SCO-11: a classification tag is a Topic that all share, and an assignment of each', () => {
    const { children } = recordOf(mapping, 'contact', { 'Last Name': 'L', Tags: 'vip, Partner, vip' });
    expect(children.map((child) => [child.name, child.target, child.sharedKey, child.parentColumn])).toEqual([
      ['topic:vip', 'topic', 'crm/topic/vip', null],
      ['topic:partner', 'topic', 'crm/topic/partner', null],
      ['assignment:vip', 'topicAssignment', null, 'personId'],
      ['assignment:partner', 'topicAssignment', null, 'personId'],
    ]);
    expect(children[0]?.fields).toEqual({ name: 'VIP' });
    expect(children[2]?.links[0]?.attempts).toMatchObject([
      { by: 'id', object: 'topic', id: 'vip', column: 'topicId' },
    ]);
  });

  it('ALL-9: a notes column becomes a note with its target, or a text field', () => {
    const { children, fields } = recordOf(mapping, 'contact', { 'Last Name': 'L', Notes: 'Likes * tea' });
    expect(children).toMatchObject([
      {
        name: 'note',
        target: 'note',
        fields: { title: 'Notes', bodyV2: { markdown: 'Likes \\* tea', blocknote: null } },
      },
      {
        name: 'note-target',
        target: 'noteTarget',
        parentColumn: 'targetPersonId',
        links: [{ attempts: [{ by: 'id', object: 'contact', id: '7>note', column: 'noteId' }] }],
      },
    ]);
    expect(fields).not.toHaveProperty('notesText');
    const asText = compiled(text.replace('notesColumn: { value: note', 'notesColumn: { value: text'));
    const other = recordOf(asText, 'contact', { 'Last Name': 'L', Notes: 'Likes tea' });
    expect(other.fields.notesText).toBe('Likes tea');
    expect(other.children).toEqual([]);
  });

  it('SCO-2: a company without a primary contact is asked about, and goes on; the answer makes the placeholder person', () => {
    const asked = recordOf(mapping, 'company', { 'Company Name': 'Acme', Website: 'Acme' });
    expect(asked.questions).toMatchObject([
      { id: 'question/no-primary-contact', choices: ['placeholder', 'leave'], blocking: false },
    ]);
    expect(asked.fields).toMatchObject({ needsReview: true, domainName: { primaryLinkUrl: '' }, websiteText: 'Acme' });
    expect(asked.children).toEqual([]);
    const answered = recordOf(
      mapping,
      'company',
      { 'Company Name': 'Acme' },
      { answers: { 'question/no-primary-contact': 'placeholder' } },
    );
    expect(answered.questions).toEqual([]);
    expect(answered.fields.needsReview).toBe(false);
    expect(answered.children).toMatchObject([
      {
        name: 'placeholder-person',
        target: 'person',
        parentColumn: 'companyId',
        fields: { name: { firstName: '', lastName: 'Contact of Acme' }, isPlaceholder: true },
      },
    ]);
    const byRule = compiled(
      text.replace('companyWithoutContact: { value: ask', 'companyWithoutContact: { value: leave'),
    );
    expect(recordOf(byRule, 'company', { 'Company Name': 'Acme' })).toMatchObject({ questions: [], children: [] });
  });

  it('SCO-3: a deal takes amount, date and stage exactly, and its company through the contact’s name', () => {
    const { fields, links } = recordOf(mapping, 'deal', {
      'Deal Name': 'Renewal',
      Amount: '1.234,56',
      Currency: 'EUR',
      'Close Date': '31.12.2024',
      Pipeline: 'Sales',
      Stage: 'Contract sent',
      'Contact Name': 'Ada Lovelace',
    });
    expect(fields).toMatchObject({
      name: 'Renewal',
      amount: { amountMicros: 1_234_560_000, currencyCode: 'EUR' },
      closeDate: '2024-12-31T00:00:00.000Z',
      stage: 'CONTRACT',
      pipeline: 'SALES',
      probability: 80,
    });
    expect(links[0]).toEqual({
      name: 'company',
      attempts: [
        {
          by: 'through-lookup',
          column: 'companyId',
          object: 'contact',
          index: 'name',
          value: 'ada lovelace',
          link: 'company',
          among: 'newest',
          label: 'company: company of the contact by name',
        },
      ],
      otherwise: { kind: 'hold', reason: 'No company was found for this deal' },
    });
  });

  it('SCO-4: a stage that the mapping does not list is never guessed', () => {
    const draft = draftOf(mapping, 'deal', { Pipeline: 'Sales', Stage: 'Contract maybe' });
    expect(draft).toMatchObject({
      kind: 'question',
      question: { id: 'option/stage/Sales: Contract maybe', queue: 'schema', blocking: true },
    });
    expect(mapping.desired.options).toEqual([
      {
        object: 'opportunity',
        field: 'stage',
        because: 'pipelines',
        options: [
          { value: 'LEAD_IN', label: 'Lead in' },
          { value: 'CONTRACT', label: 'Contract' },
          { value: 'WON', label: 'Won' },
          { value: 'LOST', label: 'Lost' },
        ],
      },
    ]);
  });

  it('SCO-5: a call looks for its parent in order, and is held when nothing is found; ALL-1: it keeps its own time', () => {
    const { fields, children } = recordOf(mapping, 'call', {
      Subject: 'Renewal',
      Start: '01.07.2024 10:30',
      'Contact ID': '7',
      'Deal ID': '9',
      'Owner Email': 'o@x.example',
    });
    expect(fields).toMatchObject({
      title: 'Call: Renewal',
      activityType: 'CALL',
      status: 'DONE',
      createdAt: '2024-07-01T09:30:00.000Z',
    });
    expect(children[0]?.links[0]?.attempts.map((attempt) => [attempt.by, attempt.column])).toEqual([
      ['id', 'targetPersonId'],
      ['id', 'targetOpportunityId'],
      ['through', 'targetCompanyId'],
      ['through', 'targetCompanyId'],
    ]);
    expect(children[0]?.links[0]?.otherwise).toEqual({
      kind: 'hold',
      reason: 'Neither contact nor deal nor company was found',
    });
  });

  it('SCO-6: attachments of an e-mail are listed as not moved', () => {
    const { losses, fields } = recordOf(mapping, 'email', {
      Subject: '',
      Attachments: 'offer.pdf',
      Direction: 'Incoming',
    });
    expect(fields).toMatchObject({ title: '(no subject)', direction: 'INCOMING' });
    expect(losses).toEqual([{ field: 'Attachments', kind: 'dropped', before: 'offer.pdf', after: '' }]);
  });

  it('SCO-7: a meeting is a task, or a calendar event, as the choice says', () => {
    const after = {
      Title: 'Kick-off',
      Description: 'Plan',
      Attendees: 'Ada, Bob',
      Start: '2024-01-02 10:00',
      Place: 'Leeds',
    };
    expect(recordOf(mapping, 'meeting', after).fields).toMatchObject({
      activityType: 'MEETING',
      location: 'Leeds',
      bodyV2: { markdown: 'Plan\n\nAttendees: Ada, Bob' },
    });
    const event = compiled(text.replace('meetings: { value: task', 'meetings: { value: calendar-event'));
    expect(recordOf(event, 'meeting', after)).toMatchObject({
      target: 'calendarEvent',
      fields: { description: 'Plan\n\nAttendees: Ada, Bob', startsAt: '2024-01-02T10:00:00.000Z' },
    });
  });

  it('SCO-8: a note names its author, who may come later', () => {
    const { owners, fields } = recordOf(mapping, 'note', {
      Title: '',
      Body: 'x',
      'Author Email': 'a@x.example',
      'Contact ID': '1',
    });
    expect(owners).toEqual([{ column: 'authorId', reference: 'a@x.example', missing: 'leave' }]);
    expect(fields).toMatchObject({ title: 'Note', authorId: null });
  });

  it('ALL-5, ALL-6: what the workspace lacks is wanted under the shared names', () => {
    const wanted = mapping.desired.fields.map((field) => `${field.object}.${field.name} ${field.type}`);
    expect(wanted).toContain('person.owner RELATION');
    expect(wanted).toContain('task.activityType SELECT');
    expect(wanted).toContain('company.industry TEXT');
    expect(wanted).toContain('opportunity.pipeline SELECT');
    expect(wanted).toContain('person.needsReview BOOLEAN');
    expect(wanted).toContain('note.author RELATION');
    expect(mapping.desired.objects.map((object) => object.nameSingular)).toEqual(['topic', 'topicAssignment']);
    expect(mapping.desired.flagged).toEqual([]);
    expect(mapping.desired.synced).toEqual([
      'company',
      'note',
      'noteTarget',
      'opportunity',
      'person',
      'task',
      'taskTarget',
      'topic',
      'topicAssignment',
    ]);
  });
});
