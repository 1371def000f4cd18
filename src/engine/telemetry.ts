/**
 * Switches off what onnxruntime would tell its makers (a device id and a database with the names of networks in the home
 * directory, and a look-up of their host), unless the user has asked for it by setting the variable to 0. Must be imported
 * before onnxruntime is: it reads the variable as it loads. Worker threads find it set by the thread that made them.
 */
process.env.ORT_DISABLE_TELEMETRY ||= '1';
