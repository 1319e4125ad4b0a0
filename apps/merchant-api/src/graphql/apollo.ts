import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { type DomainLog } from '@countersign/merchant-domain';
import { type GraphQLSchema } from 'graphql';

import { type ApiContext } from './context';
import { type FormatError } from './format-error';
import { type CheckOperation } from './limits/check-operation';
import { documentErrorsMax, documentLimits, documentTokensMax } from './limits/document-limits';
import { createLimitsPlugin } from './limits/limits-plugin';

export interface ApolloParts {
  readonly schema: GraphQLSchema;
  readonly check: CheckOperation;
  readonly formatError: FormatError;
  readonly log: DomainLog;
}

/** Apollo behind our own HTTP server: it executes, and has no say in who may. */
export async function openApollo(parts: ApolloParts): Promise<ApolloServer<ApiContext>> {
  const { schema, check, formatError, log } = parts;
  const apollo = new ApolloServer<ApiContext>({
    schema,
    formatError,
    introspection: true,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxLexicalTokens: documentTokensMax },
    validationRules: [documentLimits],
    validationOptions: { maxErrors: documentErrorsMax, hideSuggestions: true },
    plugins: [
      createLimitsPlugin(check),
      // It would instrument every field; nothing here may be cached anyway.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      // Nothing is reported to anyone, whatever stands in the environment.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
    ],
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => {
        log.warn('Apollo', { message: String(message) });
      },
      error: (message) => {
        log.error('Apollo', { message: String(message) });
      },
    },
  });
  await apollo.start();
  return apollo;
}
