import { z } from 'zod';

/**
 * Everything a user may set: one table, from which validation, changeover.schema.json and
 * docs/reference/configuration.md are made. Unknown names are refused, so that a typing error is not a silent default.
 */

/** A secret never stands in the file itself: only where it is to be found. */
const secret = (what: string, environmentName: string) =>
  z
    .strictObject({
      env: z
        .string()
        .min(1)
        .optional()
        .meta({ description: `Name of the environment variable that holds ${what}.` }),
      file: z
        .string()
        .min(1)
        .optional()
        .meta({ description: `File that holds ${what}; only its owner may read it.` }),
    })
    .refine((value) => (value.env === undefined) !== (value.file === undefined), { error: 'give either env or file' })
    .prefault({ env: environmentName })
    .meta({ description: `Where ${what} is to be found: env or file.` });

const twentySchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .prefault('https://api.twenty.com')
    .meta({ description: 'Address of the Twenty workspace, without a path.', env: 'TWENTY_URL' }),
  apiKey: secret('the API key of the workspace', 'TWENTY_API_KEY'),
  callsPerMinute: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'Calls a minute that the workspace allows. Left out: 100, until the server says otherwise.' }),
  keepForCutover: z.int().min(0).max(1000).default(0).meta({
    description:
      'Calls that stay in the bucket for the cutover: for `changeover verify` when a person asks, however much there is to load. Never so many that the load could not go on.',
  }),
  pollSeconds: z.number().min(1).max(86_400).default(300).meta({
    description:
      'How often members, unique values and edits by people are looked for in the workspace, seconds. Each time costs a call or two per object.',
  }),
  timeoutSeconds: z.number().min(1).max(600).default(60).meta({
    description:
      'How long a call may go unanswered, seconds. A write without an answer is read back before anything else happens to its rows.',
  }),
});

const ownersSchema = z.strictObject({
  substitutes: z
    .record(z.string().min(1), z.email())
    .default({})
    .meta({ description: 'Source owner (as records name it) to the e-mail of the member who takes over.' }),
  waived: z
    .array(z.string().min(1))
    .default([])
    .meta({ description: 'Owners whose records stay held; their number is shown in every report.' }),
  without: z
    .array(z.string().min(1))
    .default([])
    .meta({ description: 'Owners whose records are loaded without an owner and filled in later.' }),
  inactive: z
    .union([z.literal('kept'), z.strictObject({ reassignedTo: z.email() })])
    .default('kept')
    .meta({
      description:
        'Owners that the source has disabled: `kept` looks for their member all the same; `{ reassignedTo: <e-mail> }` gives their records to that member, unless `substitutes`, `waived` or `without` names them.',
    }),
});

const file = (what: string) =>
  z
    .string()
    .min(1)
    .optional()
    .meta({ description: `File with ${what} in PEM form, relative to this one.` });

const kafkaSchema = z.strictObject({
  brokers: z
    .array(z.string().regex(/^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, { error: 'a broker is host:port' }))
    .min(1)
    .meta({ description: 'Brokers to ask first, each as host:port.' }),
  partitions: z.int().min(1).max(1000).default(6).meta({
    description:
      'Partitions of topics that are made; as many processes can take in events of one object at once. Never change it after the first run.',
  }),
  topicPrefix: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
    .optional()
    .meta({
      description:
        'Stands with a dot before every topic, group and subject at the servers, so that deployments with equal source names share a cluster. Left out: nothing. Never change it after the first run.',
    }),
  replication: z.int().min(1).max(15).optional().meta({
    description: 'Copies of every topic that is made. Left out: 3, or as many as there are brokers.',
  }),
  timeoutSeconds: z.number().min(1).max(600).default(20).meta({
    description: 'How long a broker may take to answer, seconds. What was not answered is asked again.',
  }),
  tls: z
    .strictObject({
      ca: file('the authorities that signed the brokers’ certificates; left out: the usual ones'),
      certificate: file('our own certificate, where brokers ask for one'),
      key: file('the key of our certificate'),
    })
    .optional()
    .meta({ description: 'Speak TLS with the brokers. Left out: plain text.' }),
  sasl: z
    .strictObject({
      mechanism: z
        .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
        .meta({ description: 'How the brokers want the password.' }),
      username: z.string().min(1).meta({ description: 'User at the brokers.' }),
      password: secret('the password of the user at the brokers', 'KAFKA_PASSWORD'),
    })
    .optional()
    .meta({ description: 'Log in to the brokers. Left out: without a password.' }),
});

const registrySchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ description: 'Address of the Confluent API of the schema registry, with its path.' }),
  username: z.string().min(1).optional().meta({ description: 'User at the registry. Left out: without a password.' }),
  password: secret('the password of the user at the registry', 'REGISTRY_PASSWORD'),
  ca: file('the authorities that signed the registry’s certificate; left out: the usual ones'),
});

const stateSchema = z.strictObject({
  url: secret('the address of the PostgreSQL database, postgresql://user:password@host/database', 'STATE_URL'),
  schema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,40}$/)
    .default('changeover')
    .meta({ description: 'Schema of the database in which all tables stand; made where it is missing.' }),
  ca: file('the authorities that signed the database’s certificate; left out: the usual ones'),
  leaseSeconds: z.number().min(1).max(600).default(30).meta({
    description:
      'After how long without a sign of the process that writes another one takes its place, seconds; in the place of one that reads after 10 at most. Their clocks must agree much better than that.',
  }),
  timeoutSeconds: z.number().min(6).max(600).default(60).meta({
    description:
      'How long the database may take to answer, seconds. Half of it is waited for the transaction of another process; one that stands still in its transaction loses it after a sixth.',
  }),
});

const retrySchema = z.strictObject({
  attempts: z.int().min(1).max(20).default(5).meta({
    description:
      'How often a record that Twenty refuses by itself, for a reason that may pass, is sent before it is a dead letter.',
  }),
  firstSeconds: z.number().min(1).max(86_400).default(30).meta({
    description: 'How long such a record is parked after its first attempt, seconds; doubled each time.',
  }),
});

const breakerSchema = z
  .strictObject({
    window: z.int().min(1).max(10_000).default(100).meta({
      description: 'How many of the last decided records of an object the breaker looks at.',
    }),
    limit: z.int().min(1).max(10_000).default(20).meta({
      description: 'How many refused ones among them stop the object until somebody has looked.',
    }),
  })
  .refine(({ window, limit }) => limit <= window, {
    path: ['limit'],
    error: 'more refusals than records looked at would never stop anything: limit may not exceed window',
  });

const deletesSchema = z.strictObject({
  rows: z.int().min(0).default(20).meta({
    description:
      'So many deletions of an object at once never ask, whatever their share. Sources whose deletions are found by comparing ask by their own settings.',
  }),
  share: z.number().min(0).max(1).default(0.05).meta({
    description: 'Share of an object’s records that the source may delete at once without asking, 0 to 1.',
  }),
});

const filesSchema = z.strictObject({
  stagingMegabytes: z.int().min(1).max(10_000_000).default(1024).meta({
    description:
      'Room for files between source and Twenty, in the data folder, megabytes. A file larger than this is held; what is attached leaves it.',
  }),
  largestMegabytes: z.int().min(1).max(10_000).default(256).meta({
    description:
      'Largest file that is moved, megabytes. A larger one is held and listed. What the server itself takes may be less: then it says so.',
  }),
  parallel: z.int().min(1).max(32).default(4).meta({ description: 'Files that are read and uploaded at once.' }),
});

const sourceSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/)
    .meta({
      description: 'Name of this source in record keys, topics and reports. Never change it after the first run.',
    }),
  connector: z.string().min(1).meta({ description: 'Which connector reads it: see docs/reference/connectors.md.' }),
  mapping: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Mapping file, relative to this one. Left out: the default mapping of the connector.' }),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: 'Settings of the connector; its README lists them.' }),
  pollSeconds: z.number().min(0.2).max(86_400).optional().meta({
    description:
      'How often the source is looked at for changes, seconds. Left out: as its connector proposes, 15 for a live source and 5 for exports.',
  }),
  owners: ownersSchema.prefault({}),
});

export const configurationSchema = z
  .strictObject({
    deployment: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,40}$/)
      .default('changeover')
      .meta({
        description:
          'Name of this deployment. It stands in the sync fields of the workspace, so that two deployments never write to one workspace unknowingly.',
      }),
    dataFolder: z.string().min(1).default('.changeover').meta({
      description: 'Where log, state and fingerprints are kept, relative to this file.',
      env: 'CHANGEOVER_DATA',
    }),
    twenty: twentySchema.prefault({}),
    kafka: kafkaSchema.optional().meta({
      description:
        'Keep events in Apache Kafka. Left out: in a file of the data folder. Goes with `registry` and `state`.',
    }),
    registry: registrySchema
      .optional()
      .meta({ description: 'Where the schemas of events are kept; goes with `kafka`.' }),
    state: stateSchema
      .optional()
      .meta({ description: 'Keep the state in PostgreSQL, so that several processes share it; goes with `kafka`.' }),
    sources: z.array(sourceSchema).min(1).meta({ description: 'The systems to read from.' }),
    files: filesSchema.prefault({}),
    retry: retrySchema.prefault({}),
    breaker: breakerSchema.prefault({}),
    deletes: deletesSchema.prefault({}),
    server: z
      .strictObject({
        host: z
          .string()
          .default('127.0.0.1')
          .meta({ description: 'Address to listen on. Loopback unless you say otherwise.' }),
        port: z.int().min(0).max(65_535).default(9464).meta({
          description: 'Port for metrics, health and the admin API; 0 takes a free one.',
          env: 'CHANGEOVER_PORT',
        }),
      })
      .prefault({}),
    log: z
      .strictObject({
        level: z
          .enum(['debug', 'info', 'warn', 'error'])
          .default('info')
          .meta({ description: 'How much is logged.', env: 'CHANGEOVER_LOG_LEVEL' }),
        retentionDays: z.number().min(1).optional().meta({
          description: 'How long events stay in the log, days. Left out: for ever. It must cover the whole cutover.',
        }),
      })
      .prefault({}),
    schedules: z
      .strictObject({
        reconcile: z
          .string()
          .default('0 * * * *')
          .meta({ description: 'When the counts of both sides are compared, as a cron expression.' }),
        retention: z
          .string()
          .default('30 3 * * *')
          .meta({ description: 'When old events are deleted from the log, as a cron expression.' }),
      })
      .prefault({}),
    shutdownSeconds: z
      .number()
      .min(1)
      .max(600)
      .default(30)
      .meta({ description: 'How long a stop waits for calls in flight, seconds; a second signal stops at once.' }),
  })
  .superRefine((value, context) => {
    const shape = ['kafka', 'registry', 'state'] as const;
    const missing = shape.filter((name) => value[name] === undefined);
    if (missing.length > 0 && missing.length < shape.length)
      context.addIssue({
        code: 'custom',
        message: `kafka, registry and state go together; ${missing.join(' and ')} is missing`,
        path: [],
      });
    const seen = new Set<string>();
    value.sources.forEach((source, index) => {
      if (seen.has(source.name))
        context.addIssue({
          code: 'custom',
          message: `two sources are named ${source.name}`,
          path: ['sources', index, 'name'],
        });
      seen.add(source.name);
    });
  });

export type Configuration = z.infer<typeof configurationSchema>;
export type SourceConfiguration = Configuration['sources'][number];
export type SecretReference = Configuration['twenty']['apiKey'];
