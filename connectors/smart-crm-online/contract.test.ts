import { exportCandidate } from '../../test/conformance/connector/export-world.ts';
import { connectorConformance } from '../../test/conformance/connector.ts';
import { createConnector } from './index.ts';
import { exportProfile } from './profile.ts';
import { parseSettings } from './settings.ts';

connectorConformance(
  'smart-crm-online',
  exportCandidate({
    profile: exportProfile(parseSettings({ folder: 'exports' })),
    object: 'contact',
    name: 'Last Name',
    connect: (context, folder) =>
      createConnector(context, { folder, compareBeforeLoad: false, stability: { looks: 2, seconds: 0.01 } }, 'crm'),
  }),
);
