// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace gatehouse::app {

// The folder of `state_dir`: the keyring and whatever else a plugin keeps is in it, so who may write to it can put keys
// of his own there. And the files in it.

// What is wrong with a folder that is there, as a sentence with the fix: it is none, or others than its owner may write
// to it. Empty: nothing, or it is not there (yet). Changes nothing.
std::string state_folder_problem(const std::string& path);

// The same for a file that must be its owner's alone, such as a keyring.
std::string private_file_problem(const std::string& path);

// Makes the folder where it is missing, for its owner only. Throws std::runtime_error with words for the operator,
// those of state_folder_problem() too.
void prepare_state_folder(const std::string& path);

}  // namespace gatehouse::app
