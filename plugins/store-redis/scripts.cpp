// SPDX-License-Identifier: Apache-2.0
#include "scripts.h"

namespace gatehouse::store_redis {
namespace {

// GETEX instead of GET where something is only read: it counts as a write, so that a master that has become a replica
// refuses it instead of giving what may be out of date. Where perhaps no record is read, that of a key which is never
// there comes first: that there is nothing may be out of date as well. Not in a commit, and there nothing is taken away
// before something is added: a script that has begun to write is no longer held to maxmemory. Texts are compared for
// equality only: Lua's < follows the server's locale.
constexpr const char* common = R"lua(
local function expires_by(record, time)
  if string.byte(record) ~= 69 then return false end
  local rh, rl = struct.unpack('>I4I4', record, 10)
  local th, tl = struct.unpack('>I4I4', time)
  return rh < th or (rh == th and rl <= tl)
end
local function places(record)
  local list, at = {}, 19
  for i = 1, string.byte(record, 18) do
    local size = struct.unpack('>I2', record, at)
    list[i] = string.sub(record, at + 2, at + 1 + size)
    at = at + 2 + size
  end
  return list
end
local function entry(tenant, partition, id, place)
  local head = string.byte(place) == 72 and tenant .. '\2' .. partition or tenant
  return head .. string.sub(place, 8) .. id .. string.sub(place, 2, 7)
end
)lua";

// KEYS: whatever the writes touch. ARGV: now, the number of writes, the number of the key of strays or 0; then for each
// write: P or D, number of the record's key, expected version or nothing, tenant, partition, id, number of the due key
// or 0, how many places; for each place the number of the index's key and, where the bucket must know that it has
// strays, its name; for P then the record, where its values begin, how many milliseconds it lives or nothing, and its
// expiry as a score. Gives 0, the number of the write that lost, or -1: make the strays known and come again.
constexpr const char* commit = R"lua(
local now, at, writes = ARGV[1], 4, {}
for number = 1, tonumber(ARGV[2]) do
  local write = {put = ARGV[at] == 'P', key = KEYS[tonumber(ARGV[at + 1])], tenant = ARGV[at + 3],
                 partition = ARGV[at + 4], id = ARGV[at + 5], due = KEYS[tonumber(ARGV[at + 6])], indexes = {}}
  local expected, count = ARGV[at + 2], tonumber(ARGV[at + 7])
  at = at + 8
  for i = 1, count do
    write.indexes[i] = KEYS[tonumber(ARGV[at])]
    if ARGV[at + 1] ~= '' and redis.call('SISMEMBER', KEYS[tonumber(ARGV[3])], ARGV[at + 1]) == 0 then return -1 end
    at = at + 2
  end
  if write.put then
    write.record, write.values, write.lives, write.score = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
    at = at + 4
  end
  write.old = redis.call('GET', write.key)
  local seen = write.old and not expires_by(write.old, now)
  if expected == '' then
    if seen then return number end
  elseif not seen or string.sub(write.old, 2, 9) ~= expected then
    return number
  end
  writes[number] = write
end
for _, write in ipairs(writes) do
  local old, record = write.old, write.record
  local stays = old and record and string.sub(old, 18, write.values - 1) == string.sub(record, 18, write.values - 1)
  if not stays then
    local before, after = old and places(old) or {}, record and places(record) or {}
    for i, index in ipairs(write.indexes) do
      local gone, new = before[i] or '', after[i] or ''
      if gone ~= new then
        if new ~= '' then redis.call('ZADD', index, 0, entry(write.tenant, write.partition, write.id, new)) end
        if gone ~= '' then redis.call('ZREM', index, entry(write.tenant, write.partition, write.id, gone)) end
      end
    end
  end
  if not write.put then
    redis.call('DEL', write.key)
  elseif write.lives == '' then
    redis.call('SET', write.key, record)
  else
    redis.call('SET', write.key, record, 'PX', write.lives)
  end
  local later = old and string.byte(old) == 69 and record and expires_by(old, string.sub(record, 10, 17))
  if write.put and string.byte(record) == 69 and not later then
    redis.call('ZADD', write.due, 'LT', write.score, write.tenant .. write.partition)
  end
end
return 0
)lua";

// KEYS: one that is never there, the indexes to read, last the strays. ARGV: now, what the records' keys begin with,
// tenant, 1 for descending, most records of each range or 0, 1 to count only, the name of an index whose strays would
// be missed or nothing; then for each range: number of the key, from, to, 1 where only entries at home count, and
// partitions are given whole. Gives 1 when there may be strays; else for each range: 1 if there may be more, the number
// of records, and entry and record by turns. An entry whose record is not there comes with an empty one.
constexpr const char* find = R"lua(
redis.call('GETEX', KEYS[1])
local now, prefix, tenant, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5])
local reverse, count_only = ARGV[4] == '1', ARGV[6] == '1'
if ARGV[7] ~= '' and redis.call('SISMEMBER', KEYS[#KEYS], ARGV[7]) == 1 then return 1 end
local function walk(key, from, to, home)
  local out, found, last = {0, 0}, 0, nil
  local page = (limit > 0 and limit < 100) and limit + 1 or 100
  while true do
    local entries = reverse and redis.call('ZREVRANGEBYLEX', key, to, from, 'LIMIT', 0, page)
                    or redis.call('ZRANGEBYLEX', key, from, to, 'LIMIT', 0, page)
    for _, entry in ipairs(entries) do
      local first, behind, id = struct.unpack('>I2I2I2', entry, #entry - 5)
      if not home or first == #tenant + 2 then
        local partition = string.sub(entry, first, behind)
        if limit > 0 and found >= limit and not (home and partition == last) then
          out[1] = 1
          out[2] = found
          return out
        end
        last = partition
        local record = redis.call('GETEX', prefix .. tenant .. partition .. string.sub(entry, id, -7))
        if not record then
          out[#out + 1] = entry
          out[#out + 1] = ''
        elseif not expires_by(record, now) then
          found = found + 1
          if not count_only then
            out[#out + 1] = entry
            out[#out + 1] = record
          end
        end
      end
    end
    if #entries < page then break end
    if reverse then to = '(' .. entries[#entries] else from = '(' .. entries[#entries] end
  end
  out[2] = found
  return out
end
local answers = {}
for at = 8, #ARGV, 4 do
  answers[#answers + 1] = walk(KEYS[tonumber(ARGV[at])], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3] == '1')
end
return answers
)lua";

// KEYS: the due key, the kind's indexes, last that of keys. ARGV: before, the same as a score, what the records' keys
// begin with, most records to delete, how many due partitions to pass over, number of the carrier's key or 0. Gives how
// many were deleted, how many to pass over next time or -1 when all is done, and entries whose record is not there:
// number of the key, entry, key of the record.
constexpr const char* purge = R"lua(
local before, score, prefix, limit = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local pass, carrier = tonumber(ARGV[5]), tonumber(ARGV[6])
local deleted, missing, page = 0, {}, 20
local function score_of(time)
  local h, l = struct.unpack('>I4I4', time)
  return (h - 2147483648) * 4294967296 + l
end
local function is_before(record)
  if string.byte(record) ~= 69 then return false end
  return string.sub(record, 10, 17) ~= before and expires_by(record, before)
end
local partitions = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', pass, page)
for _, member in ipairs(partitions) do
  local _, tenant_end = string.find(member, '\0\0', 1, true)
  local tenant, partition = string.sub(member, 1, tenant_end), string.sub(member, tenant_end + 1)
  local from = tenant .. '\2' .. partition
  local to = '(' .. string.sub(from, 1, -2) .. '\1'
  local next_due, complete, dangling = nil, true, false
  for number = 2, #KEYS do
    if number == carrier or number == #KEYS then
      for _, found in ipairs(redis.call('ZRANGEBYLEX', KEYS[number], '[' .. from, to)) do
        local first, _, id_at = struct.unpack('>I2I2I2', found, #found - 5)
        if first == #tenant + 2 then
          local id = string.sub(found, id_at, -7)
          local key = prefix .. tenant .. partition .. id
          local record = redis.call('GETEX', key)
          if not record then
            dangling = true
            missing[#missing + 1] = number
            missing[#missing + 1] = found
            missing[#missing + 1] = key
          elseif is_before(record) and deleted < limit then
            for i, place in ipairs(places(record)) do
              if place ~= '' then redis.call('ZREM', KEYS[i + 1], entry(tenant, partition, id, place)) end
            end
            redis.call('DEL', key)
            deleted = deleted + 1
          elseif is_before(record) then
            complete = false
          elseif string.byte(record) == 69 then
            local due = score_of(string.sub(record, 10, 17))
            if not next_due or due < next_due then next_due = due end
          end
        end
      end
    end
  end
  if not complete then return {deleted, pass, missing} end
  if dangling then
    pass = pass + 1
  elseif next_due then
    redis.call('ZADD', KEYS[1], string.format('%.17g', next_due), member)
    if next_due <= score then pass = pass + 1 end
  else
    redis.call('ZREM', KEYS[1], member)
  end
end
return {deleted, #partitions < page and -1 or pass, missing}
)lua";

// An index entry without a record: takes it away, unless the record is there after all. KEYS: index, record.
// ARGV: entry. Both keys are declared, so that a cluster that moves their slot does not show one without the other.
constexpr const char* forget = R"lua(
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
return 1
)lua";

// A sliding window. KEYS: the bucket, a sorted set of events by time. ARGV: now, limit, window, lateness, a name for
// the event. Gives allowed, remaining, retry after.
constexpr const char* take = R"lua(
local key, now, limit = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local window, lateness = tonumber(ARGV[3]), tonumber(ARGV[4])
local function text(number) return string.format('%.17g', number) end
local newest = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
if newest[2] and tonumber(newest[2]) > now + lateness then
  for _, event in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. text(now), '+inf')) do
    redis.call('ZADD', key, text(now), event)
  end
  newest[2] = now
end
local count = redis.call('ZCARD', key)
if count >= limit then
  local first = redis.call('ZRANGE', key, count - limit, count - limit, 'WITHSCORES')
  local wait = tonumber(first[2]) + window - now
  if wait > 0 then return {0, 0, text(wait)} end
  redis.call('ZREMRANGEBYRANK', key, 0, count - limit)
end
redis.call('ZADD', key, text(now), ARGV[5])
local last = math.max(now, tonumber(newest[2] or now))
redis.call('PEXPIRE', key, text(math.min(9e15, math.ceil((last - now + window + lateness) / 1000))))
local inside = redis.call('ZCOUNT', key, '(' .. text(now - window), '+inf')
return {1, math.max(0, limit - inside), '0'}
)lua";

// KEYS: one that is never there. ARGV: commands, the key left out. Gives the names of those that this user may not run,
// and runs none of them; a Redis before 7.0 cannot say, and gives none. GETEX counts as a write: a master that has
// become a replica, or is loading, refuses it.
constexpr const char* rights = R"lua(
local denied = {}
for _, words in ipairs(redis.acl_check_cmd and ARGV or {}) do
  local command = {}
  for word in string.gmatch(words, '%S+') do
    command[#command + 1] = word
    if #command == 1 then command[2] = KEYS[1] end
  end
  if not redis.acl_check_cmd(unpack(command)) then denied[#denied + 1] = command[1] end
end
if #denied == 0 then redis.call('GETEX', KEYS[1]) end
return denied
)lua";

}  // namespace

const std::array<std::string, script_count>& script_texts() {
  static const std::array<std::string, script_count> texts = {
      std::string(common) + commit, std::string(common) + find, std::string(common) + purge, forget, take, rights};
  return texts;
}

}  // namespace gatehouse::store_redis
