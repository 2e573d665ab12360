import {
  bigint,
  choice,
  choices,
  column,
  date,
  decimal,
  double,
  flag,
  guid,
  integer,
  lookup,
  memo,
  money,
  options,
  text,
} from '../columns.ts';
import type { TableDefinition } from '../definitions.ts';
import { table } from '../tables.ts';

const PHASES = options(
  [
    ['Draft', 'Taslak'],
    ['Planned', 'Planlandı'],
    ['Running', 'Sürüyor'],
    ['Handed over', 'Teslim edildi'],
  ],
  100_000_000,
);
const SKILLS = options(
  [
    ['Electrical', 'Elektrik'],
    ['Mechanical', 'Mekanik'],
    ['Civil works', 'İnşaat'],
    ['Software', 'Yazılım'],
    ['Health & safety', 'İş güvenliği'],
  ],
  100_000_000,
);

/** A custom table with a column of every type that a maker can add. It is tracked. */
export const PROJECT: TableDefinition = table({
  name: 'opx_project',
  set: 'opx_projects',
  label: ['Project', 'Proje'],
  plural: ['Projects', 'Projeler'],
  code: 10_201,
  title: 'opx_name',
  columns: [
    text('opx_name', ['Name', 'Ad'], 200, 'Text', { required: 'ApplicationRequired' }),
    text('opx_code', ['Project Code', 'Proje Kodu'], 40),
    text('opx_url', ['Link', 'Bağlantı'], 200, 'Url'),
    text('opx_email', ['Mailbox', 'Posta Kutusu'], 100, 'Email'),
    text('opx_phone', ['Phone', 'Telefon'], 50, 'Phone'),
    text('opx_address', ['Site Address', 'Şantiye Adresi'], 400, 'TextArea'),
    memo('opx_scope', ['Scope', 'Kapsam'], 10_000),
    integer('opx_headcount', ['Headcount', 'Kişi Sayısı']),
    integer('opx_effort', ['Effort', 'Efor'], 'Duration'),
    bigint('opx_serial', ['Serial', 'Seri No']),
    decimal('opx_progress', ['Progress', 'İlerleme'], 3),
    double('opx_latitude', ['Latitude', 'Enlem']),
    money('opx_budget', ['Budget', 'Bütçe']),
    money('opx_cost', ['Cost to Date', 'Gerçekleşen Maliyet'], 4),
    flag('opx_critical', ['Critical', 'Kritik']),
    date('opx_starton', ['Start', 'Başlangıç']),
    date('opx_deadline', ['Deadline', 'Son Tarih'], 'UserLocal'),
    date('opx_shiftstart', ['Shift Start', 'Vardiya Başı'], 'TimeZoneIndependent'),
    choice('opx_phase', ['Phase', 'Aşama'], PHASES),
    choice(
      'opx_region',
      ['Region', 'Bölge'],
      options(
        [
          ['Marmara', 'Marmara'],
          ['Ege', 'Ege'],
          ['England', 'İngiltere'],
          ['Scotland', 'İskoçya'],
        ],
        100_000_000,
      ),
      'opx_region',
    ),
    choices('opx_skills', ['Skills', 'Yetkinlikler'], SKILLS),
    guid('opx_externalid', ['External Id', 'Dış Kimlik']),
    column('opx_plan', ['Plan', 'Plan'], { kind: 'File', maxKilobytes: 32_768 }),
    column('opx_photo', ['Photo', 'Fotoğraf'], { kind: 'Image' }),
    lookup(
      'opx_project',
      'opx_accountid',
      ['Account', 'Firma'],
      [{ table: 'account', relationship: 'opx_account_opx_project' }],
      'Lookup',
      { schemaName: 'opx_AccountId' },
    ),
    lookup(
      'opx_project',
      'opx_customerid',
      ['Customer', 'Müşteri'],
      [
        { table: 'account', relationship: 'opx_project_customer_account' },
        { table: 'contact', relationship: 'opx_project_customer_contact' },
      ],
      'Customer',
      { schemaName: 'opx_CustomerId' },
    ),
    lookup(
      'opx_project',
      'opx_parentid',
      ['Parent Project', 'Üst Proje'],
      [{ table: 'opx_project', relationship: 'opx_project_parent' }],
      'Lookup',
      { schemaName: 'opx_ParentId' },
    ),
    // Neither of its own: a lookup at three tables, whose rows may be deleted without this one noticing.
    lookup(
      'opx_project',
      'opx_originid',
      ['Origin', 'Kaynak'],
      [
        { table: 'opportunity', onDelete: 'NoCascade' },
        { table: 'lead', onDelete: 'NoCascade' },
        { table: 'incident', onDelete: 'NoCascade' },
      ],
      'Lookup',
      { schemaName: 'opx_OriginId' },
    ),
  ],
});

/** The same types on a table that the organisation owns and that is not tracked. Column names of another alphabet's letters. */
export const INSPECTION: TableDefinition = table({
  name: 'opx_inspection',
  set: 'opx_inspections',
  label: ['Inspection', 'Denetim'],
  plural: ['Inspections', 'Denetimler'],
  code: 10_202,
  title: 'opx_name',
  ownership: 'OrganizationOwned',
  tracking: false,
  columns: [
    text('opx_name', ['Name', 'Ad'], 200),
    memo('opx_findings', ['Findings', 'Bulgular'], 100_000),
    integer('opx_score', ['Score', 'Puan']),
    bigint('opx_devicecounter', ['Device Counter', 'Cihaz Sayacı']),
    decimal('opx_temperature', ['Temperature', 'Sıcaklık'], 1),
    double('opx_longitude', ['Longitude', 'Boylam']),
    money('opx_penalty', ['Penalty', 'Ceza']),
    flag('opx_passed', ['Passed', 'Geçti']),
    date('opx_validuntil', ['Valid Until', 'Geçerlilik']),
    date('opx_visitedat', ['Visited At', 'Ziyaret'], 'UserLocal'),
    date('opx_slot', ['Slot', 'Randevu Saati'], 'TimeZoneIndependent'),
    choice(
      'opx_region',
      ['Region', 'Bölge'],
      options(
        [
          ['Marmara', 'Marmara'],
          ['Ege', 'Ege'],
          ['England', 'İngiltere'],
          ['Scotland', 'İskoçya'],
        ],
        100_000_000,
      ),
      'opx_region',
    ),
    choices(
      'opx_hazards',
      ['Hazards', 'Tehlikeler'],
      options(
        [
          ['Fire', 'Yangın'],
          ['Height', 'Yükseklik'],
          ['Noise', 'Gürültü'],
          ['Chemicals', 'Kimyasal'],
        ],
        100_000_000,
      ),
      'opx_hazards',
    ),
    guid('opx_deviceid', ['Device', 'Cihaz']),
    column('opx_report', ['Report', 'Rapor'], { kind: 'File', maxKilobytes: 131_072 }),
    column('opx_photo', ['Photo', 'Fotoğraf'], { kind: 'Image' }),
    lookup(
      'opx_inspection',
      'opx_projectid',
      ['Project', 'Proje'],
      [{ table: 'opx_project', relationship: 'opx_project_inspections', onDelete: 'Cascade' }],
      'Lookup',
      { schemaName: 'opx_ProjectId' },
    ),
    lookup(
      'opx_inspection',
      'opx_inspectorid',
      ['Inspector', 'Denetçi'],
      [{ table: 'systemuser', relationship: 'opx_systemuser_inspections', onDelete: 'NoCascade' }],
      'Lookup',
      { schemaName: 'opx_InspectorId' },
    ),
    lookup(
      'opx_inspection',
      'opx_siteid',
      ['Site', 'Saha'],
      [
        { table: 'account', relationship: 'opx_inspection_site_account' },
        { table: 'contact', relationship: 'opx_inspection_site_contact' },
      ],
      'Customer',
      { schemaName: 'opx_SiteId' },
    ),
  ],
});

export const CUSTOM_TABLES: readonly TableDefinition[] = [PROJECT, INSPECTION];
