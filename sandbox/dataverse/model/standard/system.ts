import { choice, date, decimal, flag, guid, integer, lookup, memo, options, text } from '../columns.ts';
import type { ManyToManyDefinition, TableDefinition } from '../definitions.ts';
import { table } from '../tables.ts';

export const SYSTEM_USER: TableDefinition = table({
  name: 'systemuser',
  set: 'systemusers',
  label: ['User', 'Kullanıcı'],
  plural: ['Users', 'Kullanıcılar'],
  code: 8,
  title: 'fullname',
  ownership: 'None',
  states: null,
  columns: [
    text('fullname', ['Full Name', 'Tam Ad'], 200),
    text('firstname', 'First Name', 64),
    text('lastname', 'Last Name', 64),
    text('internalemailaddress', ['Primary Email', 'E-posta'], 100, 'Email'),
    text('domainname', 'User Name', 1024),
    text('title', 'Title', 128),
    flag('isdisabled', ['Status', 'Durum'], ['Disabled', 'Devre Dışı'], ['Enabled', 'Etkin']),
    flag('islicensed', 'User Licensed'),
    choice(
      'accessmode',
      'Access Mode',
      options(['Read-Write', 'Administrative', 'Read', 'Support User', 'Non-interactive', 'Delegated Admin'], 0),
    ),
    guid('applicationid', 'Application ID'),
    guid('azureactivedirectoryobjectid', 'Azure AD Object ID'),
    lookup('systemuser', 'businessunitid', 'Business Unit', [
      {
        table: 'businessunit',
        relationship: 'business_unit_system_users',
        collection: 'business_unit_system_users',
        onDelete: 'Restrict',
      },
    ]),
    lookup('systemuser', 'parentsystemuserid', 'Manager', [
      { table: 'systemuser', relationship: 'user_parent_user', collection: 'user_parent_user' },
    ]),
  ],
});

export const TEAM: TableDefinition = table({
  name: 'team',
  set: 'teams',
  label: ['Team', 'Ekip'],
  plural: ['Teams', 'Ekipler'],
  code: 9,
  title: 'name',
  ownership: 'None',
  states: null,
  columns: [
    text('name', 'Team Name', 160),
    memo('description', 'Description'),
    flag('isdefault', 'Is Default'),
    choice('teamtype', 'Team Type', options(['Owner', 'Access', 'Security Group', 'Office Group'], 0)),
    lookup('team', 'businessunitid', 'Business Unit', [
      { table: 'businessunit', relationship: 'business_unit_teams', onDelete: 'Restrict' },
    ]),
    lookup('team', 'administratorid', 'Administrator', [
      { table: 'systemuser', relationship: 'lk_teambase_administratorid', onDelete: 'NoCascade' },
    ]),
  ],
});

export const BUSINESS_UNIT: TableDefinition = table({
  name: 'businessunit',
  set: 'businessunits',
  label: 'Business Unit',
  plural: 'Business Units',
  code: 10,
  title: 'name',
  ownership: 'None',
  states: null,
  tracking: false,
  columns: [
    text('name', 'Name', 160),
    flag('isdisabled', 'Is Disabled'),
    lookup('businessunit', 'parentbusinessunitid', 'Parent Business', [
      { table: 'businessunit', relationship: 'business_unit_parent_business_unit' },
    ]),
  ],
});

export const QUEUE: TableDefinition = table({
  name: 'queue',
  set: 'queues',
  label: ['Queue', 'Kuyruk'],
  plural: ['Queues', 'Kuyruklar'],
  code: 2020,
  title: 'name',
  columns: [text('name', 'Name', 200), text('emailaddress', 'Incoming Email', 100, 'Email')],
});

export const CURRENCY: TableDefinition = table({
  name: 'transactioncurrency',
  set: 'transactioncurrencies',
  label: ['Currency', 'Para Birimi'],
  plural: ['Currencies', 'Para Birimleri'],
  code: 9105,
  title: 'currencyname',
  ownership: 'OrganizationOwned',
  columns: [
    text('currencyname', 'Currency Name', 100),
    text('isocurrencycode', 'Currency Code', 5),
    text('currencysymbol', 'Currency Symbol', 13),
    integer('currencyprecision', 'Currency Precision'),
    decimal('exchangerate', 'Exchange Rate', 12),
  ],
});

export const ORGANIZATION: TableDefinition = table({
  name: 'organization',
  set: 'organizations',
  label: 'Organization',
  plural: 'Organizations',
  code: 1019,
  title: 'name',
  ownership: 'None',
  states: null,
  tracking: false,
  columns: [
    text('name', 'Organization Name', 160),
    integer('languagecode', 'Language'),
    integer('localeid', 'Locale'),
    integer('expirechangetrackingindays', 'Days to Expire Change Tracking Deltas'),
    integer('expiresubscriptionsindays', 'Days to Expire Subscriptions'),
    integer('maxuploadfilesize', 'Max Upload File Size'),
    integer('currencydecimalprecision', 'Currency Decimal Precision'),
    text('basecurrencysymbol', 'Base Currency Symbol', 5),
    lookup('organization', 'basecurrencyid', 'Currency', [
      { table: 'transactioncurrency', relationship: 'basecurrency_organization', onDelete: 'Restrict' },
    ]),
  ],
});

export const ROLE: TableDefinition = table({
  name: 'role',
  set: 'roles',
  label: ['Security Role', 'Güvenlik Rolü'],
  plural: ['Security Roles', 'Güvenlik Rolleri'],
  code: 1036,
  title: 'name',
  ownership: 'OrganizationOwned',
  states: null,
  tracking: false,
  columns: [
    text('name', 'Name', 100),
    flag('ismanaged', 'State', 'Managed', 'Unmanaged'),
    lookup('role', 'businessunitid', 'Business Unit', [
      { table: 'businessunit', relationship: 'business_unit_roles', onDelete: 'Restrict' },
    ]),
    lookup('role', 'parentrootroleid', 'Parent Root Role', [
      { table: 'role', relationship: 'role_parent_root_role', onDelete: 'NoCascade' },
    ]),
  ],
});

export const PROCESS: TableDefinition = table({
  name: 'workflow',
  set: 'workflows',
  label: ['Process', 'İşlem'],
  plural: ['Processes', 'İşlemler'],
  code: 4703,
  title: 'name',
  tracking: false,
  states: [
    { value: 0, label: ['Draft', 'Taslak'], reasons: [[1, ['Draft', 'Taslak']]] },
    { value: 1, label: ['Activated', 'Etkin'], reasons: [[2, ['Activated', 'Etkin']]] },
    { value: 2, label: 'Suspended', reasons: [[3, 'CompanyDLPViolation']] },
  ],
  columns: [
    text('name', 'Process Name', 100),
    memo('description', 'Description', 100_000),
    choice(
      'category',
      'Category',
      options(
        [
          'Workflow',
          'Dialog',
          'Business Rule',
          'Action',
          'Business Process Flow',
          'Modern Flow',
          'Desktop Flow',
          'AI Flow',
        ],
        0,
      ),
    ),
    choice('type', 'Type', options(['Definition', 'Activation', 'Template'])),
    choice('mode', 'Mode', options(['Background', 'Real-time'], 0)),
    choice('scope', 'Scope', options(['User', 'Business Unit', 'Parent: Child Business Units', 'Organization'])),
    text('primaryentity', 'Primary Entity', 100),
    flag('triggeroncreate', 'Trigger On Create'),
    flag('triggerondelete', 'Trigger On Delete'),
    memo('triggeronupdateattributelist', 'Trigger On Update Attribute List', 10_000),
    flag('ondemand', 'Run as On Demand'),
    flag('subprocess', 'Is Child Process'),
    memo('xaml', 'xaml', 1_073_741_823),
    memo('clientdata', 'Client Data', 1_073_741_823),
    text('uniquename', 'Unique Name', 256),
  ],
});

export const PROCESS_STAGE: TableDefinition = table({
  name: 'processstage',
  set: 'processstages',
  label: 'Process Stage',
  plural: 'Process Stages',
  code: 4724,
  title: 'stagename',
  ownership: 'None',
  states: null,
  tracking: false,
  audited: false,
  columns: [
    text('stagename', 'Stage Name', 100),
    choice(
      'stagecategory',
      'Stage Category',
      options(['Qualify', 'Develop', 'Propose', 'Close', 'Identify', 'Research', 'Resolve', 'Approval'], 0),
    ),
    text('primaryentitytypecode', 'Primary Entity', 100),
    lookup('processstage', 'processid', 'Process', [
      {
        table: 'workflow',
        relationship: 'process_processstage',
        collection: 'process_processstage',
        onDelete: 'Cascade',
      },
    ]),
  ],
});

export const PLUGIN_ASSEMBLY: TableDefinition = table({
  name: 'pluginassembly',
  set: 'pluginassemblies',
  label: 'Plug-in Assembly',
  plural: 'Plug-in Assemblies',
  code: 4605,
  title: 'name',
  ownership: 'None',
  states: null,
  tracking: false,
  columns: [
    text('name', 'Name', 256),
    text('version', 'Version', 48),
    choice('isolationmode', 'Isolation Mode', options(['None', 'Sandbox', 'External'])),
  ],
});

export const PLUGIN_TYPE: TableDefinition = table({
  name: 'plugintype',
  set: 'plugintypes',
  label: 'Plug-in Type',
  plural: 'Plug-in Types',
  code: 4602,
  title: 'name',
  ownership: 'None',
  states: null,
  tracking: false,
  columns: [
    text('name', 'Name', 256),
    text('typename', 'Type Name', 256),
    text('friendlyname', 'Display Name', 256),
    lookup('plugintype', 'pluginassemblyid', 'Plugin Assembly', [
      { table: 'pluginassembly', relationship: 'pluginassembly_plugintype', onDelete: 'Cascade' },
    ]),
  ],
});

export const SDK_MESSAGE: TableDefinition = table({
  name: 'sdkmessage',
  set: 'sdkmessages',
  label: 'Sdk Message',
  plural: 'Sdk Messages',
  code: 4606,
  title: 'name',
  ownership: 'None',
  states: null,
  tracking: false,
  columns: [text('name', 'Name', 256)],
});

export const SDK_MESSAGE_FILTER: TableDefinition = table({
  name: 'sdkmessagefilter',
  set: 'sdkmessagefilters',
  label: 'Sdk Message Filter',
  plural: 'Sdk Message Filters',
  code: 4607,
  title: null,
  ownership: 'None',
  states: null,
  tracking: false,
  columns: [
    text('primaryobjecttypecode', 'Primary Object Type Code', 100),
    lookup('sdkmessagefilter', 'sdkmessageid', 'SDK Message', [
      { table: 'sdkmessage', relationship: 'sdkmessageid_sdkmessagefilter', onDelete: 'Cascade' },
    ]),
  ],
});

export const PLUGIN_STEP: TableDefinition = table({
  name: 'sdkmessageprocessingstep',
  set: 'sdkmessageprocessingsteps',
  label: 'Sdk Message Processing Step',
  plural: 'Sdk Message Processing Steps',
  code: 4608,
  title: 'name',
  ownership: 'None',
  tracking: false,
  states: [
    { value: 0, label: 'Enabled', reasons: [[1, 'Enabled']] },
    { value: 1, label: 'Disabled', reasons: [[2, 'Disabled']] },
  ],
  columns: [
    text('name', 'Name', 256),
    memo('description', 'Description'),
    choice(
      'stage',
      'Execution Stage',
      [5, 10, 20, 30, 40].map((value, index) => ({
        value,
        labels: {
          1033:
            ['Initial Pre-operation', 'Pre-validation', 'Pre-operation', 'Main Operation', 'Post-operation'][index] ??
            '',
        },
      })),
    ),
    choice('mode', 'Execution Mode', options(['Synchronous', 'Asynchronous'], 0)),
    integer('rank', 'Execution Order'),
    integer('customizationlevel', 'Customization level'),
    memo('filteringattributes', 'Filtering Attributes', 100_000),
    memo('configuration', 'Configuration', 1_073_741_823),
    lookup('sdkmessageprocessingstep', 'sdkmessageid', 'SDK Message', [
      { table: 'sdkmessage', relationship: 'sdkmessageid_sdkmessageprocessingstep', onDelete: 'Restrict' },
    ]),
    lookup('sdkmessageprocessingstep', 'sdkmessagefilterid', 'SdkMessage Filter', [
      { table: 'sdkmessagefilter', relationship: 'sdkmessagefilterid_sdkmessageprocessingstep', onDelete: 'Restrict' },
    ]),
    lookup('sdkmessageprocessingstep', 'eventhandler', 'Event Handler', [
      { table: 'plugintype', relationship: 'plugintype_sdkmessageprocessingstep', onDelete: 'Restrict' },
    ]),
  ],
});

export const MANY_TO_MANY: readonly ManyToManyDefinition[] = [
  {
    schemaName: 'systemuserroles_association',
    intersect: 'systemuserroles',
    left: { table: 'systemuser', attribute: 'systemuserid', navigation: 'systemuserroles_association' },
    right: { table: 'role', attribute: 'roleid', navigation: 'systemuserroles_association' },
  },
  {
    schemaName: 'teammembership_association',
    intersect: 'teammembership',
    left: { table: 'team', attribute: 'teamid', navigation: 'teammembership_association' },
    right: { table: 'systemuser', attribute: 'systemuserid', navigation: 'teammembership_association' },
  },
];

const intersect = ({ intersect: name, left, right }: ManyToManyDefinition, code: number): TableDefinition =>
  table({
    name,
    set: name === 'systemuserroles' ? 'systemuserrolescollection' : 'teammemberships',
    label: name,
    plural: name,
    code,
    title: null,
    ownership: 'None',
    states: null,
    tracking: 'never',
    audited: false,
    private: true,
    columns: [guid(left.attribute, left.table), guid(right.attribute, right.table)],
  });

export const SYSTEM_TABLES: readonly TableDefinition[] = [
  SYSTEM_USER,
  TEAM,
  BUSINESS_UNIT,
  QUEUE,
  CURRENCY,
  ORGANIZATION,
  ROLE,
  PROCESS,
  PROCESS_STAGE,
  PLUGIN_ASSEMBLY,
  PLUGIN_TYPE,
  SDK_MESSAGE,
  SDK_MESSAGE_FILTER,
  PLUGIN_STEP,
  ...MANY_TO_MANY.map((relation, index) => intersect(relation, 14 + index)),
  // A view of something outside: listed, but nothing that a migration reads.
  table({
    name: 'aaduser',
    set: 'aadusers',
    label: 'Microsoft Entra ID',
    plural: 'Microsoft Entra IDs',
    code: 10_100,
    title: 'displayname',
    ownership: 'OrganizationOwned',
    states: null,
    tracking: 'never',
    audited: false,
    tableType: 'Virtual',
    columns: [text('displayname', 'Display Name', 256), date('createddatetime', 'Created', 'UserLocal')],
  }),
];
