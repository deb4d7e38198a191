#ifndef PLANETOP_YAML_SHIM_H
#define PLANETOP_YAML_SHIM_H
#include <yaml.h>
#endif
