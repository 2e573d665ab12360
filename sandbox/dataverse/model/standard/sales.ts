import { choice, date, decimal, flag, guid, integer, lookup, memo, money, options, text } from '../columns.ts';
import type { TableDefinition } from '../definitions.ts';
import { addressColumns, table } from '../tables.ts';
import { INDUSTRIES } from './parties.ts';

/** Steps of the sales process; the label goes to `stepname`. Probabilities are the organisation's own. */
export const SALES_STAGES = [
  { value: 0, english: 'Qualify', turkish: 'Nitelendir', probability: 10 },
  { value: 1, english: 'Develop', turkish: 'Geliştir', probability: 30 },
  { value: 2, english: 'Propose', turkish: 'Teklif Et', probability: 60 },
  { value: 3, english: 'Close', turkish: 'Kapat', probability: 90 },
] as const;

const CUSTOMER = (table: string): ReturnType<typeof lookup> =>
  lookup(
    table,
    'customerid',
    ['Potential Customer', 'Potansiyel Müşteri'],
    [
      {
        table: 'account',
        relationship: `${table}_customer_accounts`,
        collection: `${table}_customer_accounts`,
        onDelete: 'Cascade',
      },
      {
        table: 'contact',
        relationship: `${table}_customer_contacts`,
        collection: `${table}_customer_contacts`,
        onDelete: 'Cascade',
      },
    ],
    'Customer',
  );

export const LEAD: TableDefinition = table({
  name: 'lead',
  set: 'leads',
  label: ['Lead', 'Müşteri Adayı'],
  plural: ['Leads', 'Müşteri Adayları'],
  code: 4,
  title: 'fullname',
  module: 'sales',
  states: [
    {
      value: 0,
      label: ['Open', 'Açık'],
      reasons: [
        [1, ['New', 'Yeni']],
        [2, ['Contacted', 'İletişim Kuruldu']],
      ],
    },
    { value: 1, label: ['Qualified', 'Nitelikli'], reasons: [[3, ['Qualified', 'Nitelikli']]] },
    {
      value: 2,
      label: ['Disqualified', 'Niteliksiz'],
      reasons: [
        [4, ['Lost', 'Kayıp']],
        [5, ['Cannot Contact', 'Ulaşılamıyor']],
        [6, ['No Longer Interested', 'Artık İlgilenmiyor']],
        [7, ['Canceled', 'İptal']],
      ],
    },
  ],
  columns: [
    text('fullname', ['Name', 'Ad'], 160, 'Text', { write: 'never' }),
    text('subject', ['Topic', 'Konu'], 300, 'Text', { required: 'ApplicationRequired' }),
    text('firstname', 'First Name', 50),
    text('lastname', 'Last Name', 50),
    text('companyname', ['Company Name', 'Firma Adı'], 100),
    text('jobtitle', 'Job Title', 100),
    text('emailaddress1', 'Email', 100, 'Email'),
    text('telephone1', 'Business Phone', 50, 'Phone'),
    text('mobilephone', 'Mobile Phone', 50, 'Phone'),
    text('websiteurl', 'Website', 200, 'Url'),
    memo('description', 'Description'),
    choice(
      'leadsourcecode',
      ['Lead Source', 'Aday Kaynağı'],
      options([
        ['Advertisement', 'Reklam'],
        ['Employee Referral', 'Çalışan Önerisi'],
        ['External Referral', 'Dış Öneri'],
        ['Partner', 'İş Ortağı'],
        ['Public Relations', 'Halkla İlişkiler'],
        ['Seminar', 'Seminer'],
        ['Trade Show', 'Fuar'],
        ['Web', 'Web'],
        ['Word of Mouth', 'Tavsiye'],
        ['Other', 'Diğer'],
      ]),
    ),
    choice(
      'leadqualitycode',
      'Rating',
      options([
        ['Hot', 'Sıcak'],
        ['Warm', 'Ilık'],
        ['Cold', 'Soğuk'],
      ]),
    ),
    choice('industrycode', 'Industry', INDUSTRIES),
    integer('numberofemployees', 'No. of Employees'),
    money('estimatedamount', 'Est. Value'),
    money('revenue', 'Annual Revenue'),
    date('estimatedclosedate', 'Est. Close Date'),
    ...addressColumns('address1', 'Address 1'),
    lookup('lead', 'parentaccountid', 'Parent Account for lead', [
      { table: 'account', relationship: 'lead_parent_account', collection: 'lead_parent_account' },
    ]),
    lookup('lead', 'parentcontactid', 'Parent Contact for lead', [
      { table: 'contact', relationship: 'lead_parent_contact', collection: 'lead_parent_contact' },
    ]),
    lookup('lead', 'qualifyingopportunityid', 'Qualifying Opportunity', [
      { table: 'opportunity', relationship: 'lead_qualifying_opportunity', collection: 'lead_qualifying_opportunity' },
    ]),
    lookup(
      'lead',
      'customerid',
      'Customer',
      [
        { table: 'account', relationship: 'lead_customer_accounts', collection: 'lead_customer_accounts' },
        { table: 'contact', relationship: 'lead_customer_contacts', collection: 'lead_customer_contacts' },
      ],
      'Customer',
    ),
    guid('stageid', 'Stage Id'),
    guid('processid', 'Process Id'),
  ],
});

export const OPPORTUNITY: TableDefinition = table({
  name: 'opportunity',
  set: 'opportunities',
  label: ['Opportunity', 'Fırsat'],
  plural: ['Opportunities', 'Fırsatlar'],
  code: 3,
  title: 'name',
  module: 'sales',
  states: [
    {
      value: 0,
      label: ['Open', 'Açık'],
      reasons: [
        [1, ['In Progress', 'Devam Ediyor']],
        [2, ['On Hold', 'Beklemede']],
      ],
    },
    { value: 1, label: ['Won', 'Kazanıldı'], reasons: [[3, ['Won', 'Kazanıldı']]] },
    {
      value: 2,
      label: ['Lost', 'Kaybedildi'],
      reasons: [
        [4, ['Canceled', 'İptal Edildi']],
        [5, ['Out-Sold', 'Rakip Kazandı']],
      ],
    },
  ],
  columns: [
    text('name', ['Topic', 'Konu'], 300, 'Text', { required: 'ApplicationRequired' }),
    memo('description', 'Description'),
    money('estimatedvalue', ['Est. Revenue', 'Tahmini Gelir']),
    money('actualvalue', ['Actual Revenue', 'Gerçek Gelir']),
    money('totalamount', 'Total Amount'),
    money('budgetamount', 'Budget Amount'),
    date('estimatedclosedate', ['Est. Close Date', 'Tahmini Kapanış']),
    date('actualclosedate', 'Actual Close Date'),
    date('finaldecisiondate', 'Final Decision Date'),
    integer('closeprobability', ['Probability', 'Olasılık']),
    text('stepname', ['Pipeline Phase', 'Aşama'], 200),
    choice(
      'salesstage',
      'Sales Stage',
      SALES_STAGES.map(({ value, english, turkish }) => ({ value, labels: { 1033: english, 1055: turkish } })),
    ),
    choice(
      'opportunityratingcode',
      'Rating',
      options([
        ['Hot', 'Sıcak'],
        ['Warm', 'Ilık'],
        ['Cold', 'Soğuk'],
      ]),
    ),
    choice(
      'opx_type',
      ['Type', 'Tür'],
      options(
        [
          ['New Business', 'Yeni İş'],
          ['Renewal', 'Yenileme'],
          ['Upsell', 'Ek Satış'],
        ],
        100_000_000,
      ),
      'opx_opportunitytype',
    ),
    flag('isrevenuesystemcalculated', 'Revenue', 'System Calculated', 'User Provided'),
    guid('stageid', 'Stage Id'),
    guid('processid', 'Process Id'),
    CUSTOMER('opportunity'),
    lookup('opportunity', 'parentaccountid', 'Account', [
      { table: 'account', relationship: 'opportunity_parent_account', collection: 'opportunity_parent_account' },
    ]),
    lookup('opportunity', 'parentcontactid', 'Contact', [
      { table: 'contact', relationship: 'opportunity_parent_contact', collection: 'opportunity_parent_contact' },
    ]),
    lookup('opportunity', 'originatingleadid', 'Originating Lead', [
      { table: 'lead', relationship: 'opportunity_originating_lead', collection: 'opportunity_originating_lead' },
    ]),
    lookup('opportunity', 'pricelevelid', 'Price List', [
      { table: 'pricelevel', relationship: 'price_level_opportunties', collection: 'price_level_opportunties' },
    ]),
  ],
});

const RETIRED = [
  { value: 0, label: ['Active', 'Etkin'], reasons: [[1, ['Active', 'Etkin']]] },
  { value: 1, label: ['Retired', 'Kullanımdan Kaldırıldı'], reasons: [[2, ['Retired', 'Kullanımdan Kaldırıldı']]] },
  { value: 2, label: ['Draft', 'Taslak'], reasons: [[0, ['Draft', 'Taslak']]] },
  { value: 3, label: ['Under Revision', 'Düzeltiliyor'], reasons: [[3, ['Under Revision', 'Düzeltiliyor']]] },
] as const;

export const PRODUCT: TableDefinition = table({
  name: 'product',
  set: 'products',
  label: ['Product', 'Ürün'],
  plural: ['Products', 'Ürünler'],
  code: 1024,
  title: 'name',
  ownership: 'OrganizationOwned',
  module: 'sales',
  states: RETIRED,
  columns: [
    text('name', ['Name', 'Ad'], 100, 'Text', { required: 'ApplicationRequired' }),
    text('productnumber', ['Product ID', 'Ürün Kodu'], 100),
    memo('description', 'Description'),
    choice(
      'productstructure',
      'Product Structure',
      options([
        ['Product', 'Ürün'],
        ['Product Family', 'Ürün Ailesi'],
        ['Product Bundle', 'Paket'],
      ]),
    ),
    choice(
      'producttypecode',
      'Product Type',
      options([
        ['Sales Inventory', 'Stok'],
        ['Miscellaneous Charges', 'Diğer'],
        ['Services', 'Hizmet'],
        ['Flat Fees', 'Sabit Ücret'],
      ]),
    ),
    money('price', 'List Price'),
    money('currentcost', 'Current Cost'),
    decimal('quantityonhand', 'Quantity On Hand', 5),
    lookup('product', 'parentproductid', 'Parent', [
      { table: 'product', relationship: 'product_parent_product', collection: 'product_parent_product' },
    ]),
    lookup('product', 'defaultuomid', 'Default Unit', [{ table: 'uom', relationship: 'unit_of_measurement_products' }]),
    lookup('product', 'pricelevelid', 'Default Price List', [
      { table: 'pricelevel', relationship: 'price_level_products' },
    ]),
  ],
});

export const PRICE_LEVEL: TableDefinition = table({
  name: 'pricelevel',
  set: 'pricelevels',
  label: ['Price List', 'Fiyat Listesi'],
  plural: ['Price Lists', 'Fiyat Listeleri'],
  code: 1022,
  title: 'name',
  ownership: 'OrganizationOwned',
  module: 'sales',
  columns: [
    text('name', 'Name', 100),
    memo('description', 'Description'),
    date('begindate', 'Start Date'),
    date('enddate', 'End Date'),
    lookup('pricelevel', 'transactioncurrencyid', 'Currency', [
      { table: 'transactioncurrency', relationship: 'transactioncurrency_pricelevel', onDelete: 'Restrict' },
    ]),
  ],
});

export const PRODUCT_PRICE_LEVEL: TableDefinition = table({
  name: 'productpricelevel',
  set: 'productpricelevels',
  label: 'Price List Item',
  plural: 'Price List Items',
  code: 1026,
  title: 'productidname',
  ownership: 'OrganizationOwned',
  module: 'sales',
  states: null,
  tracking: false,
  columns: [
    text('productidname', 'Product Name', 100, 'Text', { write: 'never' }),
    money('amount', 'Amount', 4),
    decimal('percentage', 'Percentage'),
    choice(
      'pricingmethodcode',
      'Pricing Method',
      options(['Currency Amount', 'Percent of List', 'Percent Markup - Current Cost']),
    ),
    lookup('productpricelevel', 'productid', 'Product', [
      {
        table: 'product',
        relationship: 'product_price_levels',
        collection: 'product_price_levels',
        onDelete: 'Cascade',
      },
    ]),
    lookup('productpricelevel', 'pricelevelid', 'Price List', [
      {
        table: 'pricelevel',
        relationship: 'price_level_product_price_levels',
        collection: 'price_level_product_price_levels',
        onDelete: 'Cascade',
      },
    ]),
    lookup('productpricelevel', 'uomid', 'Unit', [
      { table: 'uom', relationship: 'unit_of_measurement_product_price_level' },
    ]),
  ],
});

export const UNIT: TableDefinition = table({
  name: 'uom',
  set: 'uoms',
  label: ['Unit', 'Birim'],
  plural: ['Units', 'Birimler'],
  code: 1055,
  title: 'name',
  ownership: 'OrganizationOwned',
  module: 'sales',
  states: null,
  tracking: false,
  columns: [text('name', 'Name', 100), decimal('quantity', 'Quantity', 10)],
});

/** Products of a bundle. */
export const PRODUCT_ASSOCIATION: TableDefinition = table({
  name: 'productassociation',
  set: 'productassociations',
  label: 'Product Association',
  plural: 'Product Associations',
  code: 1025,
  title: null,
  ownership: 'None',
  module: 'sales',
  tracking: false,
  columns: [
    decimal('quantity', 'Quantity', 5),
    lookup('productassociation', 'productid', 'Bundle', [
      { table: 'product', relationship: 'product_ProductAssociation_prod', onDelete: 'Cascade' },
    ]),
    lookup('productassociation', 'associatedproduct', 'Associated Product', [
      { table: 'product', relationship: 'product_ProductAssociation_assocprod', onDelete: 'Cascade' },
    ]),
  ],
});

/** Where an opportunity stands in its business process flow: a table of its own, one row per opportunity. */
export const SALES_PROCESS: TableDefinition = table({
  name: 'opportunitysalesprocess',
  set: 'opportunitysalesprocesses',
  id: 'businessprocessflowinstanceid',
  label: 'Opportunity Sales Process',
  plural: 'Opportunity Sales Processes',
  code: 953,
  title: 'name',
  ownership: 'OrganizationOwned',
  module: 'sales',
  tracking: false,
  columns: [
    text('name', 'Name', 200),
    lookup('opportunitysalesprocess', 'opportunityid', 'Opportunity', [
      {
        table: 'opportunity',
        relationship: 'opportunity_opportunitysalesprocess',
        collection: 'opportunity_opportunitysalesprocess',
        onDelete: 'Cascade',
      },
    ]),
    lookup('opportunitysalesprocess', 'activestageid', 'Active Stage', [
      { table: 'processstage', relationship: 'processstage_opportunitysalesprocess', onDelete: 'NoCascade' },
    ]),
    lookup('opportunitysalesprocess', 'processid', 'Process', [
      { table: 'workflow', relationship: 'workflow_opportunitysalesprocess', onDelete: 'NoCascade' },
    ]),
    date('activestagestartedon', 'Active Stage Started On', 'UserLocal'),
  ],
});

export const SALES_TABLES: readonly TableDefinition[] = [
  LEAD,
  OPPORTUNITY,
  PRODUCT,
  PRICE_LEVEL,
  PRODUCT_PRICE_LEVEL,
  UNIT,
  PRODUCT_ASSOCIATION,
  SALES_PROCESS,
];
