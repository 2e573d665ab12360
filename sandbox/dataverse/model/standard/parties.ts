import { choice, date, flag, integer, lookup, memo, money, options, text } from '../columns.ts';
import type { TableDefinition } from '../definitions.ts';
import { addressColumns, table } from '../tables.ts';

export const INDUSTRIES = options([
  ['Accounting', 'Muhasebe'],
  ['Agriculture', 'Tarım'],
  ['Broadcasting & Publishing', 'Yayıncılık'],
  ['Building Supplies', 'Yapı Malzemeleri'],
  ['Business Services', 'İş Hizmetleri'],
  ['Consulting', 'Danışmanlık'],
  ['Durable Manufacturing', 'Dayanıklı Mal Üretimi'],
  ['Food & Tobacco Processing', 'Gıda ve Tütün İşleme'],
  ['Transportation', 'Taşımacılık'],
  ['Wholesale', 'Toptan Satış'],
]);

const PREFERRED_CONTACT = options([
  ['Any', 'Herhangi biri'],
  ['Email', 'E-posta'],
  ['Phone', 'Telefon'],
  ['Fax', 'Faks'],
  ['Mail', 'Posta'],
]);

const CUSTOMER_TYPES = options([
  ['Competitor', 'Rakip'],
  ['Consultant', 'Danışman'],
  ['Customer', 'Müşteri'],
  ['Investor', 'Yatırımcı'],
  ['Partner', 'İş Ortağı'],
  ['Supplier', 'Tedarikçi'],
]);

export const ACCOUNT: TableDefinition = table({
  name: 'account',
  set: 'accounts',
  label: ['Account', 'Firma'],
  plural: ['Accounts', 'Firmalar'],
  code: 1,
  title: 'name',
  columns: [
    text('name', ['Account Name', 'Firma Adı'], 160, 'Text', { required: 'ApplicationRequired' }),
    text('accountnumber', 'Account Number', 20),
    text('websiteurl', ['Website', 'Web Sitesi'], 200, 'Url'),
    text('telephone1', ['Main Phone', 'Ana Telefon'], 50, 'Phone'),
    text('fax', 'Fax', 50, 'Phone'),
    text('emailaddress1', 'Email', 100, 'Email'),
    text('tickersymbol', 'Ticker Symbol', 10, 'TickerSymbol'),
    choice('industrycode', ['Industry', 'Sektör'], INDUSTRIES),
    choice('customertypecode', ['Relationship Type', 'İlişki Türü'], CUSTOMER_TYPES),
    choice('preferredcontactmethodcode', 'Preferred Method of Contact', PREFERRED_CONTACT),
    integer('numberofemployees', ['Number of Employees', 'Çalışan Sayısı']),
    money('revenue', ['Annual Revenue', 'Yıllık Gelir']),
    money('creditlimit', 'Credit Limit'),
    flag('creditonhold', 'Credit Hold'),
    flag('donotemail', 'Do not allow Emails', ['Do Not Allow', 'İzin Verme'], ['Allow', 'İzin Ver']),
    memo('description', ['Description', 'Açıklama']),
    ...addressColumns('address1', 'Address 1'),
    ...addressColumns('address2', 'Address 2'),
    lookup(
      'account',
      'parentaccountid',
      ['Parent Account', 'Üst Firma'],
      [{ table: 'account', relationship: 'account_parent_account', collection: 'account_parent_account' }],
    ),
    lookup('account', 'primarycontactid', 'Primary Contact', [
      { table: 'contact', relationship: 'account_primary_contact', collection: 'account_primary_contact' },
    ]),
    lookup('account', 'originatingleadid', 'Originating Lead', [
      { table: 'lead', relationship: 'account_originating_lead', collection: 'account_originating_lead' },
    ]),
    // A column that the customer added to a standard table.
    choice(
      'opx_segment',
      ['Segment', 'Segment'],
      options(
        [
          ['Key', 'Kilit'],
          ['Growth', 'Büyüme'],
          ['Long tail', 'Diğer'],
        ],
        100_000_000,
      ),
      'opx_segment',
    ),
    text('opx_vergino', ['Tax Number', 'Vergi No'], 20),
  ],
});

export const CONTACT: TableDefinition = table({
  name: 'contact',
  set: 'contacts',
  label: ['Contact', 'İlgili Kişi'],
  plural: ['Contacts', 'İlgili Kişiler'],
  code: 2,
  title: 'fullname',
  columns: [
    text('fullname', ['Full Name', 'Tam Ad'], 160, 'Text', { write: 'never' }),
    text('firstname', ['First Name', 'Ad'], 50),
    text('middlename', 'Middle Name', 50),
    text('lastname', ['Last Name', 'Soyadı'], 50, 'Text', { required: 'ApplicationRequired' }),
    text('salutation', 'Salutation', 100),
    text('jobtitle', ['Job Title', 'İş Unvanı'], 100),
    text('emailaddress1', ['Email', 'E-posta'], 100, 'Email'),
    text('emailaddress2', 'Email Address 2', 100, 'Email'),
    text('telephone1', ['Business Phone', 'İş Telefonu'], 50, 'Phone'),
    text('mobilephone', ['Mobile Phone', 'Cep Telefonu'], 50, 'Phone'),
    date('birthdate', ['Birthday', 'Doğum Günü']),
    date('anniversary', 'Anniversary'),
    choice(
      'gendercode',
      'Gender',
      options([
        ['Male', 'Erkek'],
        ['Female', 'Kadın'],
      ]),
    ),
    choice(
      'familystatuscode',
      'Marital Status',
      options([
        ['Single', 'Bekar'],
        ['Married', 'Evli'],
        ['Divorced', 'Boşanmış'],
        ['Widowed', 'Dul'],
      ]),
    ),
    choice('customertypecode', 'Relationship Type', options([['Default Value', 'Varsayılan']])),
    choice('preferredcontactmethodcode', 'Preferred Method of Contact', PREFERRED_CONTACT),
    choice('leadsourcecode', 'Lead Source', options([['Default Value', 'Varsayılan']])),
    flag('donotbulkemail', 'Do not allow Bulk Emails', ['Do Not Allow', 'İzin Verme'], ['Allow', 'İzin Ver']),
    money('creditlimit', 'Credit Limit'),
    memo('description', ['Description', 'Açıklama']),
    ...addressColumns('address1', 'Address 1'),
    lookup(
      'contact',
      'parentcustomerid',
      ['Company Name', 'Firma Adı'],
      [
        {
          table: 'account',
          relationship: 'contact_customer_accounts',
          collection: 'contact_customer_accounts',
          navigation: 'parentcustomerid_account',
        },
        {
          table: 'contact',
          relationship: 'contact_customer_contacts',
          collection: 'contact_customer_contacts',
          navigation: 'parentcustomerid_contact',
        },
      ],
      'Customer',
    ),
    lookup('contact', 'originatingleadid', 'Originating Lead', [
      { table: 'lead', relationship: 'contact_originating_lead', collection: 'contact_originating_lead' },
    ]),
    text('opx_tckimlik', ['National Id', 'TC Kimlik No'], 11),
    date('opx_sonziyaret', ['Last Visit', 'Son Ziyaret'], 'TimeZoneIndependent'),
  ],
});
