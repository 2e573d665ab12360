import type { Connector, ConnectorContext, SetupQuestion } from '../source/connector.ts';

/** What the folder of a connector gives to the program. */
export interface ConnectorModule {
  createConnector(context: ConnectorContext, settings: Readonly<Record<string, unknown>>, source: string): Connector;
  /** The mapping that is used where a source names none. */
  readonly defaultMappingFile: URL;
  /** What `changeover init` asks; where nothing, the settings are left to whoever reads the connector's page. */
  readonly setup?: readonly SetupQuestion[];
  /** Where access must be asked for: the letter that `changeover init` lays beside the configuration, dated `day` (yyyy-MM-dd). */
  readonly accessRequest?: (settings: ReadonlyMap<string, string>, day: string) => string;
}

/** Every connector there is. A new one is one folder and one line here. */
export const CONNECTORS: Readonly<Record<string, () => Promise<ConnectorModule>>> = {
  dataverse: () => import('../../connectors/dataverse/index.ts'),
  kinabase: () => import('../../connectors/kinabase/index.ts'),
  dinamik: () => import('../../connectors/dinamik/index.ts'),
  'smart-crm-online': () => import('../../connectors/smart-crm-online/index.ts'),
  smartdesk: () => import('../../connectors/smartdesk/index.ts'),
};
