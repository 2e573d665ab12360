import { choice, flag, lookup, memo, options, text } from '../columns.ts';
import type { TableDefinition } from '../definitions.ts';
import { table } from '../tables.ts';

export const INCIDENT: TableDefinition = table({
  name: 'incident',
  set: 'incidents',
  label: ['Case', 'Servis Talebi'],
  plural: ['Cases', 'Servis Talepleri'],
  code: 112,
  title: 'title',
  module: 'service',
  states: [
    {
      value: 0,
      label: ['Active', 'Etkin'],
      reasons: [
        [1, ['In Progress', 'Devam Ediyor']],
        [2, ['On Hold', 'Beklemede']],
        [3, ['Waiting for Details', 'Ayrıntı Bekleniyor']],
        [4, ['Researching', 'Araştırılıyor']],
      ],
    },
    {
      value: 1,
      label: ['Resolved', 'Çözüldü'],
      reasons: [
        [5, ['Problem Solved', 'Sorun Çözüldü']],
        [1000, ['Information Provided', 'Bilgi Verildi']],
      ],
    },
    {
      value: 2,
      label: ['Canceled', 'İptal Edildi'],
      reasons: [
        [6, ['Canceled', 'İptal Edildi']],
        [2000, ['Merged', 'Birleştirildi']],
      ],
    },
  ],
  columns: [
    text('title', ['Case Title', 'Başlık'], 200, 'Text', { required: 'ApplicationRequired' }),
    text('ticketnumber', ['Case Number', 'Talep No'], 100),
    memo('description', 'Description'),
    choice(
      'prioritycode',
      ['Priority', 'Öncelik'],
      options([
        ['High', 'Yüksek'],
        ['Normal', 'Normal'],
        ['Low', 'Düşük'],
      ]),
    ),
    choice('caseorigincode', 'Origin', [
      ...options([
        ['Phone', 'Telefon'],
        ['Email', 'E-posta'],
        ['Web', 'Web'],
      ]),
      { value: 2483, labels: { 1033: 'Facebook' } },
    ]),
    choice(
      'casetypecode',
      'Case Type',
      options([
        ['Question', 'Soru'],
        ['Problem', 'Sorun'],
        ['Request', 'İstek'],
      ]),
    ),
    flag('isescalated', 'Is Escalated'),
    lookup(
      'incident',
      'customerid',
      ['Customer', 'Müşteri'],
      [
        {
          table: 'account',
          relationship: 'incident_customer_accounts',
          collection: 'incident_customer_accounts',
          onDelete: 'Cascade',
        },
        {
          table: 'contact',
          relationship: 'incident_customer_contacts',
          collection: 'incident_customer_contacts',
          onDelete: 'Cascade',
        },
      ],
      'Customer',
      { required: 'SystemRequired' },
    ),
    lookup('incident', 'primarycontactid', 'Contact', [
      { table: 'contact', relationship: 'contact_as_primary_contact', collection: 'contact_as_primary_contact' },
    ]),
    lookup('incident', 'subjectid', 'Subject', [{ table: 'subject', relationship: 'subject_incidents' }]),
    lookup('incident', 'parentcaseid', 'Parent Case', [
      { table: 'incident', relationship: 'incident_parent_incident', collection: 'incident_parent_incident' },
    ]),
    lookup('incident', 'productid', 'Product', [{ table: 'product', relationship: 'product_incidents' }]),
  ],
});

export const SUBJECT: TableDefinition = table({
  name: 'subject',
  set: 'subjects',
  label: ['Subject', 'Konu'],
  plural: ['Subjects', 'Konular'],
  code: 129,
  title: 'title',
  ownership: 'OrganizationOwned',
  module: 'service',
  states: null,
  tracking: false,
  columns: [
    text('title', 'Title', 500),
    lookup('subject', 'parentsubject', 'Parent Subject', [
      { table: 'subject', relationship: 'subject_parent_subject' },
    ]),
  ],
});

export const SERVICE_TABLES: readonly TableDefinition[] = [INCIDENT, SUBJECT];
