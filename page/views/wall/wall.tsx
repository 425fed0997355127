export function WallView() {
  return <h1>Wall</h1>;
}
