package main

// oldWord is a wording that must not come back.
type oldWord struct {
	pattern string // regular expression; one of ASCII alone matches whole words
	example string // a sentence with it, so that the pattern is known to find something
	instead string
}

// oldEnglish lists what no native engineer would write, and second words for what
// has one: a token is registered as a device flag, a server crashes, users are kicked.
func oldEnglish() []oldWord {
	return []oldWord{
		{`stored for certain`, "The token was not stored for certain.", "may not have been stored"},
		{`mends?`, "which mends all three", "fix"},
		{`belongs? into`, "it belongs into the file", "belongs in"},
		{`anew`, "it was registered anew", "replaced since, again"},
		{`for ever`, "tries again, for ever", "forever"},
		{`cause stands in`, "The cause stands in the log alone.", "only … names the cause"},
		{`as (it|they) should be`, "0 as it should be", "no problem found, by design"},
		{`is all right`, "a server that checks no token is all right", "do not fail when"},
		{`(WK\d+|code}}) comes first`, "WK201 comes first", "fix … first"},
		{`breaks off`, "its JSON breaks off", "is truncated"},
		{`how it comes about`, "HOW IT COMES ABOUT", "why it happens"},
		{`in other letters`, "stands there in other letters", "in different case"},
		{`by chance`, "takes one of the two by chance", "uses either"},
		{`what each SDK comes to`, "what each SDK comes to by default", "what each SDK does"},
		{`ends (the process of )?(the |this |that )?(servers?|releases|v\d\S*)`, "a login that ends servers v2.1.0", "crashes"},
		{`greeting (that )?ends`, "one TLS greeting ends it", "a single TLS handshake crashes"},
		{`whatever way out`, "on whatever way out", "on every exit path"},
		{`second thoughts`, "has second thoughts", "closes late"},
		{`fetched with`, "a token fetched with 0 APP", "registered as"},
		{`told by /route`, "the address told by /route", "from /route"},
		{`stored (under|with) (a |the |that |this |another |which )?(very )?(device )?flag`, "is stored under another device flag", "registered as"},
		{`registered (for|under|with) (\d|another device flag|another flag|flag)`, "a token registered for 1", "registered as"},
		{`throw(s|n)? (each other|a live client) out`, "two clients throw each other out", "kick"},
		{"`(WAIT|LONG|WHEN)`", "longest `WAIT`", "a noun, such as DURATION"},
	}
}

// oldChinese lists words that WuKongIM's own configuration, admin pages and
// documentation do not use, and second words for what has one.
func oldChinese() []oldWord {
	return []oldWord{
		{`管理者`, "管理者 token", "管理员"},
		{`客户端密钥`, "无法读取客户端密钥", "客户端公钥（clientKey）"},
		{`外部地址`, "没有生效的外部地址", "外网地址"},
		{`提供给客户端|公布`, "/route 提供给客户端的地址", "下发"},
		{`组合表|配对`, "组合表", "组合"},
		{`没有结论|的结论`, "没有结论 WK999", "问题、诊断结果"},
		{`发现的问题`, "发现的问题", "诊断结果"},
		{`服务器([^I]|$)`, "服务器关闭连接", "服务端"}, // 服务器IP is a placeholder that people leave in their wk.yaml
		{`应答`, "不作应答", "无响应、响应"},
		{`设备标识 (下|注册)`, "在设备标识 下", "不加空格"},
		{`保存(用户|API).{0,8}token 的文件`, "保存用户 token 的文件", "所在的文件"},
		{`发布端口|端口没有发布|发布相同的端口|已发布的端口`, "容器没有发布端口", "映射端口"},
		{`领导节点`, "该用户的槽没有领导节点", "槽 leader（槽领导）"},
		{`只存在于注释中`, "某项设置只存在于注释中", "配置项被注释掉了"},
		{`与本意不同`, "服务端的理解与本意不同", "与你写的不同"},
		{`没有任何版本读取`, "没有任何版本读取它", "不是任何版本支持的配置项"},
		{`扣住`, "扣住了消息", "缓冲了数据没有转发"},
		{`一言不发`, "一言不发地断开", "直接断开，不返回任何数据"},
		{`服务端退出`, "使服务端退出", "使服务端进程崩溃"},
		{`输出报告。`, "请附上本输出报告。", "反馈给我们"},
		{`用户看到的：`, "用户看到的：js", "用户侧现象："},
		{`取(的)? token`, "用 0 APP 取 token", "注册 token"},
		{`踢掉|挤掉|顶替`, "互相踢掉对方", "踢下线"},
		{`模仿`, "要模仿的 SDK", "模拟"},
		{`沙箱`, "无法启动沙箱", "内置模拟服务"},
		{`正在询问`, "正在询问 API", "正在请求"},
		{`已读过的版本`, "版本是已读过的版本", "核对过源码的版本"},
		{`误导`, "误导", "注意"},
		{`没完没了`, "如果没完没了", "反复出现"},
		{`： `, "提示： 请加上", "全角冒号后不加空格"},
	}
}
