export default { name: "layers", rules: {} };
