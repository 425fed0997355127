/** Posts a batch of heartbeats; throws if the service does not accept it. */
export async function postHeartbeats(port: number, heartbeats: readonly object[]): Promise<void> {
  const url = `http://127.0.0.1:${port}/api/v1/heartbeats`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(heartbeats) });
  const text = await response.text();
  if (response.status !== 202) throw new Error(`heartbeats: status ${response.status}, ${text}`);
}
