import type { ModuleSettings, Settings } from './settings.ts';

/** A module of the account: one object, read through one controller. */
export interface Module {
  /** The object in events. */
  readonly name: string;
  readonly controller: string;
  readonly label: string;
  /** Part of the product, or of this account alone. */
  readonly standard: boolean;
  /** Fields that hold the id of another object. */
  readonly links: Readonly<Record<string, string>>;
  readonly times: readonly string[];
  readonly days: readonly string[];
  /** Fields that the default mapping speaks of, whether or not a row has shown them yet. */
  readonly known: readonly string[];
  /** Only rows of which this holds: one controller may give several objects. */
  readonly only?: 'notes' | 'no-notes';
  /** What is worked out beside the row's own fields. */
  readonly derived?: 'deal' | 'invoice' | 'ticket' | 'ticketMessage';
}

const COMMON = ['owner', 'active', 'insertDate', 'updateDate', 'insertedBy', 'updatedBy'];
const REACHED = [
  'address/street',
  'address/district',
  'address/city',
  'address/postcode',
  'address/country',
  'address/others',
  'emails',
  'phones',
];
/** Fields that are lists; all others are text. */
export const LIST_FIELDS: ReadonlySet<string> = new Set(['address/others', 'emails', 'phones']);

const STANDARD: readonly Omit<Module, 'standard'>[] = [
  {
    name: 'company',
    controller: 'Company',
    label: 'Company',
    known: ['name', 'website', 'industry', 'employeeCount', 'taxNumber', 'description', ...REACHED],
    links: {},
    times: [],
    days: [],
  },
  {
    name: 'contact',
    controller: 'Contact',
    label: 'Contact',
    known: ['firstName', 'lastName', 'title', 'companyId', 'birthDate', 'description', ...REACHED],
    links: { companyId: 'company' },
    times: [],
    days: ['birthDate'],
  },
  {
    name: 'lead',
    controller: 'Lead',
    label: 'Lead',
    known: [
      'firstName',
      'lastName',
      'companyName',
      'companyId',
      'status',
      'source',
      'score',
      'description',
      ...REACHED,
    ],
    links: { companyId: 'company' },
    times: [],
    days: [],
  },
  {
    name: 'deal',
    controller: 'Opportunity',
    label: 'Opportunity',
    known: [
      'name',
      'amount',
      'currency',
      'closeDate',
      'stageId',
      'companyId',
      'contactId',
      'description',
      'stage',
      'pipeline',
      'invoices/count',
      'invoices/numbers',
      'invoices/total',
      'invoices/tax',
      'invoices/currency',
      'invoices/notAdded',
      'invoices/status',
      'invoices/lines',
      'invoices/differing',
    ],
    links: { companyId: 'company', contactId: 'contact' },
    times: [],
    days: ['closeDate'],
    derived: 'deal',
  },
  {
    name: 'activity',
    controller: 'Activity',
    label: 'Activity',
    known: [
      'subject',
      'type',
      'status',
      'description',
      'activityDate',
      'dueDate',
      'duration',
      'companyId',
      'contactId',
      'opportunityId',
    ],
    links: { companyId: 'company', contactId: 'contact', opportunityId: 'deal' },
    times: ['activityDate', 'dueDate'],
    days: [],
    only: 'no-notes',
  },
  {
    name: 'note',
    controller: 'Activity',
    label: 'Activity of type note',
    known: [
      'subject',
      'type',
      'status',
      'dueDate',
      'duration',
      'description',
      'activityDate',
      'companyId',
      'contactId',
      'opportunityId',
    ],
    links: { companyId: 'company', contactId: 'contact', opportunityId: 'deal' },
    times: ['activityDate', 'dueDate'],
    days: [],
    only: 'notes',
  },
  {
    name: 'appointment',
    controller: 'Appointment',
    label: 'Appointment',
    known: [
      'subject',
      'description',
      'location',
      'status',
      'startDate',
      'endDate',
      'attendees',
      'recurrence',
      'reminderDate',
      'companyId',
      'contactId',
      'opportunityId',
    ],
    links: { companyId: 'company', contactId: 'contact', opportunityId: 'deal' },
    times: ['startDate', 'endDate', 'reminderDate'],
    days: [],
  },
  {
    name: 'invoice',
    controller: 'Invoice',
    label: 'Invoice',
    known: [
      'invoiceNumber',
      'invoiceDate',
      'dueDate',
      'total',
      'tax',
      'currency',
      'status',
      'companyId',
      'contactId',
      'opportunityId',
      'linesText',
      'linesTotal',
      'totalsAgree',
      'totalsDifference',
      'dealFound',
      'invoicesOfDeal',
    ],
    links: { companyId: 'company', contactId: 'contact', opportunityId: 'deal' },
    times: [],
    days: ['invoiceDate', 'dueDate'],
    derived: 'invoice',
  },
  {
    name: 'ticket',
    controller: 'Ticket',
    label: 'DESK ticket',
    known: [
      'ticketNumber',
      'subject',
      'description',
      'status',
      'priority',
      'assignee',
      'closedDate',
      'companyId',
      'contactId',
      'thread',
      'messages',
    ],
    links: { companyId: 'company', contactId: 'contact' },
    times: ['closedDate'],
    days: [],
    derived: 'ticket',
  },
  {
    name: 'ticketMessage',
    controller: 'TicketMessage',
    label: 'DESK ticket message',
    known: [
      'ticketId',
      'sequence',
      'authorName',
      'authorEmail',
      'direction',
      'body',
      'sentDate',
      'companyId',
      'contactId',
    ],
    links: { ticketId: 'ticket', companyId: 'company', contactId: 'contact' },
    times: ['sentDate'],
    days: [],
    derived: 'ticketMessage',
  },
  {
    name: 'feedback',
    controller: 'Feedback',
    label: 'Feedback',
    known: ['subject', 'message', 'rating', 'category', 'feedbackDate', 'companyId', 'contactId'],
    links: { companyId: 'company', contactId: 'contact' },
    times: ['feedbackDate'],
    days: [],
  },
  // Controllers that the public page names and no rule of the product speaks of: read where the account answers for them.
  ...(['Customer', 'Student', 'Order', 'Product', 'Proposal', 'Reminder', 'Sales', 'Task'] as const).map(
    (controller) => ({
      name: controller.slice(0, 1).toLowerCase() + controller.slice(1),
      controller,
      label: controller,
      known: [],
      links: { companyId: 'company', contactId: 'contact' },
      times: [],
      days: [],
    }),
  ),
];

/** Names of the objects that the product may have. */
export const STANDARD_OBJECTS: readonly string[] = STANDARD.map(({ name }) => name);
/** Fields that every row has, with the time of its making and of its last change. */
export const INSERTED = 'insertDate';
export const UPDATED = 'updateDate';

/** What the settings ask for: the product's own, then the account's. One that the account does not answer for is left out later. */
export function modulesOf(settings: Settings): readonly Module[] {
  const own = settings.customModules.map(ownModule);
  const taken = new Set(own.flatMap(({ name, controller }) => [name, controller]));
  const standard = STANDARD.filter(
    ({ name, controller }) => (settings.modules?.includes(name) ?? true) && !taken.has(name) && !taken.has(controller),
  ).map((module): Module => ({ ...module, known: [...module.known, ...COMMON], standard: true }));
  return [...standard, ...own];
}

function ownModule({ name, controller, label, links, times, days }: ModuleSettings): Module {
  const called = controller ?? name.slice(0, 1).toUpperCase() + name.slice(1);
  return { name, controller: called, label: label ?? called, standard: false, links, times, days, known: [] };
}
