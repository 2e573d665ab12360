import { type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { AutomationDescription } from '../../src/source/connector.ts';
import type { Client } from './client.ts';
import type { Metadata } from './metadata.ts';

/** `productstructure` of a bundle; a family is 2, a product 1. */
const BUNDLES = 'products?$select=name,productnumber&$filter=productstructure%20eq%203';
const PARTS = 'productassociations?$select=quantity,_productid_value,_associatedproduct_value';
const PART_NAME = '_associatedproduct_value@OData.Community.Display.V1.FormattedValue';
const PAGED = { prefer: 'odata.maxpagesize=500,odata.include-annotations="*"' } as const;

/** Product bundles with their parts, for whoever rebuilds them by hand (OPX-8). What may not be read is told to `left`. */
export async function readBundles(
  client: Client,
  metadata: Metadata,
  left: (what: string, thrown: unknown) => void,
): Promise<readonly AutomationDescription[]> {
  const heads = await metadata.heads();
  if (!heads.has('product')) return [];
  const bundles = await all(client, BUNDLES, 'product bundles', left);
  if (bundles.length === 0) return [];
  const rows = heads.has('productassociation') ? await all(client, PARTS, 'the parts of product bundles', left) : [];
  const parts = Map.groupBy(rows, (row) => String(row._productid_value));
  return bundles.map((bundle) => describe(bundle, parts.get(String(bundle.productid)) ?? []));
}

function describe(bundle: JsonObject, parts: readonly JsonObject[]): AutomationDescription {
  const number = textOf(bundle.productnumber);
  return {
    name: textOf(bundle.name) ?? '(no name)',
    kind: 'configuration',
    trigger: number === null ? 'Product bundle' : `Product bundle ${number}`,
    conditions: [],
    actions:
      parts.length === 0
        ? ['Its parts are not known: look them up in the source']
        : parts
            .map((part) => `${String(part.quantity ?? 1)} × ${textOf(part[PART_NAME]) ?? '(unknown product)'}`)
            .sort(),
    notifications: [],
    approvals: [],
  };
}

async function all(
  client: Client,
  query: string,
  what: string,
  left: (what: string, thrown: unknown) => void,
): Promise<readonly JsonObject[]> {
  const rows: JsonObject[] = [];
  try {
    for await (const row of client.rows(query, PAGED)) rows.push(row);
  } catch (thrown) {
    left(what, thrown);
  }
  return rows;
}
