package serverconf

import "strings"

// commented is a setting that stands in a comment.
type commented struct {
	info  *keyInfo
	value string
	line  int
	env   string // as a variable; "" = as a key
}

// commentedKeys finds the lines of a configuration file that would be settings
// without their "#". Which block a key belongs to is told by its indentation
// without the "#", by the blocks above it, and by the key itself.
func commentedKeys(f *file, c *catalogue) []commented {
	var out []commented
	var blocks []string // open blocks, live or commented, by depth
	var indents []int
	for i, raw := range strings.Split(string(f.data), "\n") {
		line := strings.TrimRight(raw, "\r")
		body := strings.TrimSpace(line)
		isComment := strings.HasPrefix(body, "#")
		indent, key, value, ok := keyLine(line, isComment)
		if !ok {
			continue
		}
		for len(indents) > 0 && indent <= indents[len(indents)-1] {
			blocks, indents = blocks[:len(blocks)-1], indents[:len(indents)-1]
		}
		parent := strings.Join(blocks, ".")
		if value == "" && c.section(joinPath(parent, key)) {
			blocks, indents = append(blocks, key), append(indents, indent)
			continue
		}
		if !isComment || value == "" {
			continue
		}
		if info := c.placeCommented(parent, key); info != nil {
			out = append(out, commented{info: info, value: value, line: i + 1})
		}
	}
	return out
}

func joinPath(parent, key string) string {
	if parent == "" {
		return key
	}
	return parent + "." + key
}

// keyLine reads "key: value" of a live or a commented line. The indentation of a
// comment is that of its text without the "#".
func keyLine(line string, isComment bool) (indent int, key, value string, ok bool) {
	text := line
	if isComment {
		text = strings.TrimLeft(strings.TrimLeft(line, " \t"), "#")
		indent = indentOf(line)
	}
	indent += indentOf(text)
	if !isKeyLine(text) {
		return 0, "", "", false
	}
	key, rest := splitKey(strings.TrimSpace(text))
	value = strings.TrimSpace(strings.TrimPrefix(rest, ":"))
	return indent, key, scalarText(value), true
}

// scalarText reads what stands behind "key:" on one line, without quotes and comment.
func scalarText(value string) string {
	if value == "" {
		return ""
	}
	if q := value[0]; q == '"' || q == '\'' {
		return unquoteEnv(value, q)
	}
	return cutComment(value)
}

// placeCommented finds the key below its block, else the only key of that name.
func (c *catalogue) placeCommented(parent, key string) *keyInfo {
	if k := c.byLow[strings.ToLower(joinPath(parent, key))]; k != nil {
		return k
	}
	if strings.Contains(key, ".") {
		return c.byLow[strings.ToLower(key)]
	}
	if found := c.byLeaf(key); len(found) == 1 {
		return found[0]
	}
	return nil
}

// byLeaf lists the keys whose last part is this.
func (c *catalogue) byLeaf(leaf string) []*keyInfo {
	var out []*keyInfo
	for _, k := range c.keys {
		if spelling(lastPart(k.path)) == spelling(leaf) {
			out = append(out, k)
		}
	}
	return out
}

func lastPart(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// commentedEnv finds WK_ assignments in the comments of a .env or compose file.
func commentedEnv(data []byte, c *catalogue) []commented {
	var out []commented
	for i, line := range strings.Split(string(data), "\n") {
		body := strings.TrimSpace(line)
		if !strings.HasPrefix(body, "#") {
			continue
		}
		body = strings.TrimLeft(body, "# \t")
		body = strings.TrimSpace(strings.TrimPrefix(body, "-"))
		if quoted := strings.HasPrefix(body, `"`) || strings.HasPrefix(body, "'"); quoted {
			body = unquoteEnv(body, body[0])
		}
		at := strings.IndexAny(body, "=:")
		if at < 0 {
			continue
		}
		info := c.byEnv[strings.TrimSpace(body[:at])]
		value := scalarText(strings.TrimSpace(body[at+1:]))
		if info != nil && value != "" {
			out = append(out, commented{info: info, value: value, line: i + 1, env: info.env})
		}
	}
	return out
}
