import { guidOf } from '../guid.ts';

/** Ids that every environment of the simulator has in common. */
export const IDENTITY = {
  organization: guidOf('organization'),
  businessUnit: guidOf('businessunit/root'),
  /** The application user of the registration: who the connector is. */
  applicationUser: guidOf('systemuser/application'),
  /** The platform's own user. */
  system: guidOf('systemuser/system'),
  baseCurrency: guidOf('transactioncurrency/GBP'),
  tenant: guidOf('tenant'),
  client: guidOf('client'),
  applicationRole: guidOf('role/integration'),
} as const;
