/** SVIDs so short that a test can wait for a rotation: at half of their life. */
export const SHORT_LIVES = `apiVersion: selvage.dev/v1alpha1
kind: MeshSettings
metadata:
  name: mesh
spec:
  svidLife: 10s
`;
