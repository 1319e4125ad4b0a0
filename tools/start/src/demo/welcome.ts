import type { DemoConfiguration } from './demo-configuration';

/** What somebody who has just started the product wants to try. */
export function welcome(
  { graphqlUrl, simulatorUrl, demoToken, simulator }: DemoConfiguration,
  demoFile: string,
): readonly string[] {
  const lines = ['', `configuration and throw-away keys: ${demoFile}`];
  if (demoToken !== null) {
    const header = `Authorization: Bearer ${demoToken}`;
    lines.push(
      header,
      `curl -s ${graphqlUrl} -H 'content-type: application/json' -H '${header}' -d '{"query":"{ __typename }"}'`,
    );
  }
  if (simulator !== null) lines.push(`simulated payments: ${simulatorUrl}`);
  return [...lines, ''];
}
