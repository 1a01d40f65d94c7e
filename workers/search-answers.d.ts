/** Address of the answers that the build worked out; null where nothing was built. */
declare module "virtual:search-answers" {
  const address: string | null;
  export default address;
}
