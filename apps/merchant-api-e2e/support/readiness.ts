export interface Readiness {
  readonly httpStatus: number;
  readonly status: string;
  readonly alipay: {
    readonly status: string;
    readonly alipayCode?: string;
    readonly advice?: string;
  };
}

/** What the API says of itself to whoever looks after it. */
export async function readiness(apiUrl: string): Promise<Readiness> {
  const response = await fetch(`${apiUrl}/readyz`);
  const said = (await response.json()) as Omit<Readiness, 'httpStatus'>; // held by the API's tests
  return { ...said, httpStatus: response.status };
}
