import { IDENTITY } from './identity.ts';
import type { Organisation } from './organisation.ts';
import type { Values } from './rows.ts';

const FOUNDED = '2019-05-06T08:00:00Z';

/** What an environment has before anybody works in it: itself, a business unit, two users, a currency, a role. */
export function found(organisation: Organisation): void {
  const { switches } = organisation;
  const unit = { id: IDENTITY.businessUnit, table: 'businessunit' };
  const times: Values = { createdon: FOUNDED, modifiedon: FOUNDED };
  organisation.load('businessunit', IDENTITY.businessUnit, { name: 'opex365', ...times });
  organisation.load('transactioncurrency', IDENTITY.baseCurrency, {
    currencyname: 'Pound Sterling',
    isocurrencycode: 'GBP',
    currencysymbol: '£',
    currencyprecision: 2,
    exchangerate: 1,
    ...times,
  });
  organisation.load('organization', IDENTITY.organization, {
    name: 'opex365',
    languagecode: 1033,
    localeid: 2057,
    expirechangetrackingindays: switches.expireChangeTrackingInDays,
    expiresubscriptionsindays: 90,
    maxuploadfilesize: switches.maxUploadFileSize,
    currencydecimalprecision: 2,
    basecurrencysymbol: '£',
    basecurrencyid: { id: IDENTITY.baseCurrency, table: 'transactioncurrency' },
    ...times,
  });
  organisation.load('systemuser', IDENTITY.system, {
    fullname: 'SYSTEM',
    lastname: 'SYSTEM',
    isdisabled: true,
    accessmode: 3,
    businessunitid: unit,
    ...times,
  });
  organisation.load('systemuser', IDENTITY.applicationUser, {
    fullname: '# Changeover',
    lastname: 'Changeover',
    firstname: '#',
    internalemailaddress: 'changeover@opex365.example',
    domainname: 'changeover@opex365.example',
    applicationid: IDENTITY.client,
    isdisabled: false,
    accessmode: 4,
    businessunitid: unit,
    ...times,
  });
  organisation.load('role', IDENTITY.applicationRole, {
    name: 'Integration (read all)',
    businessunitid: unit,
    ...times,
  });
}
