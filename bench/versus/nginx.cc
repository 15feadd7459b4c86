// nginx.cc – a shared dictionary of nginx: its worker processes run the loop in Lua (nginx.lua) and serve nobody.
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

#include "versus/scripted.h"

namespace larder::bench::versus {
namespace {

constexpr uint64_t kMegabyte = 1 << 20;
constexpr const char* kModules = "/usr/lib/nginx/modules";

/// `mode` is nginx, or driver: then the loop runs without the dictionary.
std::string configuration(const Setting& setting, const char* mode, uint64_t bytes) {
  const std::string& in = setting.directory;
  std::string text =
      fmt::format("daemon off;\nworker_processes {};\npid {}/pid;\nerror_log stderr error;\n", kMaxCrew, in);
  if (geteuid() == 0) text += "user root;\n";
  text += fmt::format("load_module {0}/ndk_http_module.so;\nload_module {0}/ngx_http_lua_module.so;\n", kModules);
  text += "events { worker_connections 16; }\nhttp {\n  access_log off;\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    text += fmt::format("  {0}_temp_path {1}/{0};\n", kind, in);
  text += fmt::format("  lua_shared_dict cache {}m;\n", bytes / kMegabyte + 1);
  text += fmt::format("  init_by_lua_block {{ bench = {{ mode = '{}', directory = '{}', keys = {}, value_bytes = {},\n",
                      mode, in, setting.data.keys, setting.data.value_bytes);
  text += fmt::format("    traces = {{ '{}', '{}' }} }} }}\n", setting.traces.files[0], setting.traces.files[1]);
  return text + fmt::format("  init_worker_by_lua_file {};\n}}\n", script("nginx.lua"));
}

std::unique_ptr<Contestant> start_workers(const Setting& setting, const char* mode, uint64_t bytes,
                                          Abilities abilities) {
  const std::string file = setting.directory + "/nginx.conf";
  std::ofstream(file) << configuration(setting, mode, bytes);
  return Scripted::start({"nginx", "-e", setting.log(), "-p", setting.directory, "-c", file}, setting, abilities);
}

}  // namespace

std::unique_ptr<Contestant> start_nginx(const Setting& setting) {
  const uint64_t bytes = setting.data.evicting ? setting.data.budget() : 3 * setting.data.budget() + 16 * kMegabyte;
  return start_workers(setting, "nginx", bytes, {});
}

std::unique_ptr<Contestant> start_lua_driver(const Setting& setting) {
  return start_workers(setting, "driver", kMegabyte, {.memory = false});
}

}  // namespace larder::bench::versus
