// The import rule of docs/architecture.md: imports point one way, from the command line down to core.
const rank = {
  cli: 7, app: 6, server: 6, cutover: 5, reconcile: 5, review: 5, inventory: 5,
  sink: 4, files: 4, source: 4, mapping: 4, twenty: 3, bus: 3, events: 3, state: 3, config: 2, metrics: 2, core: 1,
};
// On one level, only these may look sideways. mapping and source share the description of a source and the parsing of cells.
const sideways = { app: ['server'], sink: ['mapping', 'files'], mapping: ['source'], events: ['bus'], state: ['events'] };

const tests = '\\.test\\.ts$';
const upward = Object.entries(rank).map(([room, height]) => {
  const forbidden = Object.entries(rank)
    .filter(([other, otherHeight]) => other !== room && otherHeight >= height && !(sideways[room] ?? []).includes(other))
    .map(([other]) => other);
  return {
    name: `imports-point-down-from-${room}`,
    severity: 'error',
    from: { path: `^src/${room}/`, pathNot: tests },
    to: { path: `^src/(${forbidden.join('|')})/` },
  };
});

module.exports = {
  forbidden: [
    ...upward.filter((rule) => !rule.to.path.includes('()')),
    { name: 'no-circles', severity: 'error', from: { pathNot: tests }, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'connectors-know-only-the-contract',
      severity: 'error',
      from: { path: '^connectors/', pathNot: tests },
      to: { path: '^(src/(?!(source|config|core)/)|sandbox/|test/|bench/)' },
    },
    {
      name: 'connectors-do-not-know-each-other',
      severity: 'error',
      from: { path: '^connectors/([^/]+)/' },
      to: { path: '^connectors/', pathNot: '^connectors/$1/' },
    },
    {
      name: 'simulators-share-one-room-and-do-not-know-each-other',
      severity: 'error',
      from: { path: '^sandbox/(simulator|dataverse|kinabase|dinamik|twenty)/', pathNot: tests },
      to: { path: '^sandbox/(simulator|dataverse|kinabase|dinamik|twenty)/', pathNot: '^sandbox/($1|simulator)/' },
    },
    {
      name: 'only-the-registry-knows-connectors',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/app/registry\\.ts$', tests] },
      to: { path: '^connectors/' },
    },
    { name: 'the-product-does-not-know-its-tests', severity: 'error', from: { path: '^(src|connectors)/', pathNot: tests }, to: { path: '^(sandbox|test|bench|scripts)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
