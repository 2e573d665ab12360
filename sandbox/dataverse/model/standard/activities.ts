import {
  choice,
  column,
  date,
  flag,
  integer,
  lookup,
  memo,
  options,
  type TargetSpec,
  text,
  type Wording,
} from '../columns.ts';
import type { ColumnDefinition, TableDefinition } from '../definitions.ts';
import { type StateSpec, table } from '../tables.ts';

/** Roles of a party in an activity. */
export const PARTICIPATION = {
  from: 1,
  to: 2,
  cc: 3,
  bcc: 4,
  requiredattendees: 5,
  optionalattendees: 6,
  organizer: 7,
  regarding: 8,
  owner: 9,
  resources: 10,
  customers: 11,
  chat: 12,
} as const;

/** Tables that an activity or a note can be about. */
const SUBJECTS_OF = ['account', 'contact', 'lead', 'opportunity', 'incident', 'opx_project'] as const;

const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

function regarding(activity: string): ColumnDefinition {
  const targets = SUBJECTS_OF.map(
    (target): TargetSpec => ({
      table: target,
      relationship: `${capital(target)}_${capital(activity)}s`,
      collection: `${capital(target)}_${capital(activity)}s`,
      navigation: `regardingobjectid_${target}_${activity}`,
      onDelete: 'Cascade',
    }),
  );
  return lookup(activity, 'regardingobjectid', ['Regarding', 'İlgili'], targets);
}

const PRIORITIES = options(
  [
    ['Low', 'Düşük'],
    ['Normal', 'Normal'],
    ['High', 'Yüksek'],
  ],
  0,
);

/** What every activity has, and what `activitypointer` shows of all of them. */
function sharedColumns(activity: string): ColumnDefinition[] {
  return [
    text('activitytypecode', 'Activity Type', 100, 'Text', { write: 'never' }),
    text('subject', ['Subject', 'Konu'], 400, 'Text', { required: 'ApplicationRequired' }),
    memo('description', ['Description', 'Açıklama'], 1_048_576),
    choice('prioritycode', ['Priority', 'Öncelik'], PRIORITIES),
    date('scheduledstart', ['Start Date', 'Başlangıç'], 'UserLocal'),
    date('scheduledend', ['Due Date', 'Bitiş'], 'UserLocal'),
    date('actualstart', 'Actual Start', 'UserLocal'),
    date('actualend', ['Actual End', 'Gerçek Bitiş'], 'UserLocal'),
    integer('scheduleddurationminutes', 'Scheduled Duration', 'Duration'),
    integer('actualdurationminutes', ['Duration', 'Süre'], 'Duration'),
    flag('isworkflowcreated', 'Is Workflow Created'),
    regarding(activity),
  ];
}

const party = (name: keyof typeof PARTICIPATION, wording: Wording): ColumnDefinition =>
  column(name, wording, { kind: 'PartyList', mask: PARTICIPATION[name] });

const DONE: readonly StateSpec[] = [
  {
    value: 0,
    label: ['Open', 'Açık'],
    reasons: [
      [2, ['Not Started', 'Başlamadı']],
      [3, ['In Progress', 'Devam Ediyor']],
      [4, ['Waiting on someone else', 'Başkası Bekleniyor']],
      [7, ['Deferred', 'Ertelendi']],
    ],
  },
  { value: 1, label: ['Completed', 'Tamamlandı'], reasons: [[5, ['Completed', 'Tamamlandı']]] },
  { value: 2, label: ['Canceled', 'İptal Edildi'], reasons: [[6, ['Canceled', 'İptal Edildi']]] },
];

const activity = (
  name: string,
  set: string,
  code: number,
  label: Wording,
  plural: Wording,
  states: readonly StateSpec[],
  columns: readonly ColumnDefinition[],
): TableDefinition =>
  table({
    name,
    set,
    id: 'activityid',
    label,
    plural,
    code,
    title: 'subject',
    activity: true,
    states,
    columns: [...sharedColumns(name), ...columns],
  });

export const TASK = activity('task', 'tasks', 4212, ['Task', 'Görev'], ['Tasks', 'Görevler'], DONE, [
  integer('percentcomplete', 'Percent Complete'),
  text('category', 'Category', 250),
]);

export const PHONE_CALL = activity(
  'phonecall',
  'phonecalls',
  4210,
  ['Phone Call', 'Telefon Görüşmesi'],
  ['Phone Calls', 'Telefon Görüşmeleri'],
  [
    { value: 0, label: ['Open', 'Açık'], reasons: [[1, ['Open', 'Açık']]] },
    {
      value: 1,
      label: ['Completed', 'Tamamlandı'],
      reasons: [
        [2, ['Made', 'Yapıldı']],
        [4, ['Received', 'Alındı']],
      ],
    },
    { value: 2, label: ['Canceled', 'İptal Edildi'], reasons: [[3, ['Canceled', 'İptal Edildi']]] },
  ],
  [
    text('phonenumber', 'Phone Number', 200, 'Phone'),
    flag('directioncode', ['Direction', 'Yön'], ['Outgoing', 'Giden'], ['Incoming', 'Gelen']),
    flag('leftvoicemail', 'Left Voice Mail'),
    party('from', 'Call From'),
    party('to', 'Call To'),
  ],
);

export const APPOINTMENT = activity(
  'appointment',
  'appointments',
  4201,
  ['Appointment', 'Randevu'],
  ['Appointments', 'Randevular'],
  [
    {
      value: 0,
      label: ['Open', 'Açık'],
      reasons: [
        [1, ['Free', 'Boş']],
        [2, ['Tentative', 'Belirsiz']],
      ],
    },
    { value: 1, label: ['Completed', 'Tamamlandı'], reasons: [[3, ['Completed', 'Tamamlandı']]] },
    { value: 2, label: ['Canceled', 'İptal Edildi'], reasons: [[4, ['Canceled', 'İptal Edildi']]] },
    {
      value: 3,
      label: ['Scheduled', 'Planlandı'],
      reasons: [
        [5, ['Busy', 'Meşgul']],
        [6, ['Out of Office', 'Ofis Dışında']],
      ],
    },
  ],
  [
    text('location', ['Location', 'Yer'], 400),
    flag('isalldayevent', 'All Day Event'),
    party('requiredattendees', 'Required Attendees'),
    party('optionalattendees', 'Optional Attendees'),
    party('organizer', 'Organizer'),
  ],
);

export const EMAIL = activity(
  'email',
  'emails',
  4202,
  ['Email', 'E-posta'],
  ['Emails', 'E-postalar'],
  [
    {
      value: 0,
      label: ['Open', 'Açık'],
      reasons: [
        [1, ['Draft', 'Taslak']],
        [8, ['Failed', 'Başarısız']],
      ],
    },
    {
      value: 1,
      label: ['Completed', 'Tamamlandı'],
      reasons: [
        [3, ['Sent', 'Gönderildi']],
        [2, ['Completed', 'Tamamlandı']],
        [4, ['Received', 'Alındı']],
      ],
    },
    { value: 2, label: ['Canceled', 'İptal Edildi'], reasons: [[5, ['Canceled', 'İptal Edildi']]] },
  ],
  [
    flag('directioncode', ['Direction', 'Yön'], ['Outgoing', 'Giden'], ['Incoming', 'Gelen']),
    text('sender', 'From', 250, 'Email'),
    text('torecipients', 'To Recipients', 500),
    text('messageid', 'Message ID', 320),
    date('senton', 'Date Sent', 'UserLocal'),
    integer('attachmentcount', 'Attachment Count', 'None', { write: 'never' }),
    party('from', 'From'),
    party('to', 'To'),
    party('cc', 'Cc'),
    party('bcc', 'Bcc'),
  ],
);

export const CONCRETE_ACTIVITIES: readonly TableDefinition[] = [TASK, PHONE_CALL, APPOINTMENT, EMAIL];

/** All activities as one table: rows of the concrete ones, seen through the columns they share. */
export const ACTIVITY_POINTER: TableDefinition = table({
  name: 'activitypointer',
  set: 'activitypointers',
  id: 'activityid',
  label: ['Activity', 'Etkinlik'],
  plural: ['Activities', 'Etkinlikler'],
  code: 4200,
  title: 'subject',
  activity: true,
  states: [
    { value: 0, label: ['Open', 'Açık'], reasons: [[1, ['Open', 'Açık']]] },
    { value: 1, label: ['Completed', 'Tamamlandı'], reasons: [[2, ['Completed', 'Tamamlandı']]] },
    { value: 2, label: ['Canceled', 'İptal Edildi'], reasons: [[3, ['Canceled', 'İptal Edildi']]] },
    { value: 3, label: ['Scheduled', 'Planlandı'], reasons: [[4, ['Scheduled', 'Planlandı']]] },
  ],
  columns: sharedColumns('activitypointer'),
});

const PARTY_TARGETS = ['account', 'contact', 'lead', 'systemuser', 'queue'] as const;

/** Who took part. It has no times of its own, and cannot be tracked: a change of parties moves the activity's version. */
export const ACTIVITY_PARTY: TableDefinition = table({
  name: 'activityparty',
  set: 'activityparties',
  label: 'Activity Party',
  plural: 'Activity Parties',
  code: 135,
  title: null,
  ownership: 'None',
  states: null,
  tracking: 'never',
  audited: false,
  columns: [
    choice('participationtypemask', 'Participation Type', [
      ...options([
        'Sender',
        'To Recipient',
        'CC Recipient',
        'BCC Recipient',
        'Required attendee',
        'Optional attendee',
        'Organizer',
        'Regarding',
        'Owner',
        'Resource',
        'Customer',
        'Chat Participant',
      ]),
    ]),
    text('addressused', 'Address Used', 320, 'Email'),
    flag('ispartydeleted', 'Is Party Deleted', 'Yes', 'No', { write: 'never' }),
    lookup(
      'activityparty',
      'activityid',
      'Activity',
      [...CONCRETE_ACTIVITIES, ACTIVITY_POINTER].map(({ name }) => ({
        table: name,
        relationship: `${name}_activity_parties`,
        collection: `${name}_activity_parties`,
        navigation: name === 'activitypointer' ? 'activityid_activitypointer' : `activityid_${name}`,
        onDelete: 'Cascade' as const,
      })),
      'Lookup',
      { write: 'create' },
    ),
    lookup(
      'activityparty',
      'partyid',
      'Party',
      PARTY_TARGETS.map((target) => ({
        table: target,
        relationship: `${target === 'systemuser' ? 'system_user' : target}_activity_parties`,
        collection: `${target === 'systemuser' ? 'system_user' : target}_activity_parties`,
        navigation: `partyid_${target}`,
        onDelete: 'RemoveLink' as const,
      })),
    ),
  ],
});

export const NOTE_PARENTS = [...SUBJECTS_OF, 'opx_inspection', 'task', 'phonecall', 'appointment', 'email'] as const;

export const ANNOTATION: TableDefinition = table({
  name: 'annotation',
  set: 'annotations',
  label: ['Note', 'Not'],
  plural: ['Notes', 'Notlar'],
  code: 5,
  title: 'subject',
  states: null,
  columns: [
    text('subject', ['Title', 'Başlık'], 500),
    memo('notetext', ['Description', 'Açıklama'], 100_000),
    text('documentbody', 'Document', 1_073_741_823, 'TextArea'),
    text('filename', ['File Name', 'Dosya Adı'], 255),
    text('mimetype', 'Mime Type', 256),
    integer('filesize', 'File Size (Bytes)', 'None', { write: 'never' }),
    flag('isdocument', 'Is Document'),
    text('objecttypecode', 'Object Type', 100, 'Text', { write: 'never' }),
    lookup(
      'annotation',
      'objectid',
      ['Regarding', 'İlgili'],
      NOTE_PARENTS.map((target) => ({
        table: target,
        relationship: `${capital(target)}_Annotation`,
        collection: `${capital(target)}_Annotation`,
        navigation: `objectid_${target}`,
        onDelete: 'Cascade' as const,
      })),
    ),
  ],
});

/** Files of e-mails. No times of its own either. */
export const ATTACHMENT: TableDefinition = table({
  name: 'activitymimeattachment',
  set: 'activitymimeattachments',
  label: ['Attachment', 'Ek'],
  plural: ['Attachments', 'Ekler'],
  code: 1001,
  title: 'filename',
  ownership: 'None',
  states: null,
  tracking: 'never',
  audited: false,
  columns: [
    text('filename', 'File Name', 255),
    text('mimetype', 'Mime Type', 256),
    text('subject', 'Subject', 2_000),
    text('body', 'Body', 1_073_741_823, 'TextArea'),
    integer('filesize', 'File Size (Bytes)', 'None', { write: 'never' }),
    integer('attachmentnumber', 'Attachment Number'),
    text('objecttypecode', 'Entity', 100),
    lookup('activitymimeattachment', 'objectid', 'Regarding', [
      {
        table: 'email',
        relationship: 'email_activity_mime_attachment',
        collection: 'email_activity_mime_attachment',
        navigation: 'objectid_email',
        onDelete: 'Cascade',
      },
    ]),
  ],
});

export const ACTIVITY_TABLES: readonly TableDefinition[] = [
  ...CONCRETE_ACTIVITIES,
  ACTIVITY_POINTER,
  ACTIVITY_PARTY,
  ANNOTATION,
  ATTACHMENT,
];
