"""Layouts of exports as people meet them: column, the field it is (- for none, ? where only the person can say), and
values of three rows. Values are made up; the names of columns are those of public exports and of usual Chinese ones."""

LAYOUTS = {
    "q01": """
        序号 | - | 1 | 2 | 3
        街道编号 | - | 110101008 | 110101008 | 110101009
        诉求编号 | case_id | SQ001 | SQ002 | SQ003
        登记日期 | created_at | 2022-01-03 | 2022-01-03 | 2022-01-04
        反映时间 | - | 08:05 | 09:10 | 10:15
        所属街镇 | street | 东四街道 | 景山街道 | 东四街道
        问题分类 | category1 | 环境卫生 | 供暖 | 供暖
        承办部门 | unit | 东四街道 | 景山街道 | 区城管委
        办理期限 | due_at | 2022-01-10 | 2022-01-10 | 2022-01-11
        办结日期 | closed_at | 2022-01-06 | | 2022-01-08
        联系人电话 | caller | 13812345678 | 13800001234 | 13912345678
        诉求详情 | content | 垃圾 | 暖气不热 | 张三家暖气不热
        群众满意情况 | satisfaction | 满意 | | 不满意
        解决结果 | resolution | 已解决 | | 未解决""",
    "q02": """
        热线工单号 | case_id | A1 | A2 | A3
        受理人员编号 | - | 007 | 007 | 008
        最后更新时间 | updated_at | 2022-01-08 09:00 | 2022-01-08 09:00 | 2022-01-08 09:00
        受理时间 | created_at | 2022-01-03 08:05 | 2022-01-03 09:05 | 2022-01-03 10:05
        派发时间 | dispatched_at | 2022-01-03 09:00 | 2022-01-03 09:10 | 2022-01-03 10:10
        要求办结时间 | due_at | 2022-01-10 08:05 | 2022-01-10 08:05 | 2022-01-10 08:05
        实际办结时间 | closed_at | 2022-01-06 08:05 | 2022-01-06 08:05 | 2022-01-06 08:05
        回访时间 | callback_at | 2022-01-08 09:00 | 2022-01-08 09:00 | 2022-01-08 09:00
        诉求人姓名 | - | 张三 | 李四 | 王五
        诉求人联系方式 | caller | 13812345678 | 13800001234 | 65120000
        事发地址 | address | 东四六条 | 东四七条 | 东四八条
        街道(乡镇) | street | 东四街道 | 东四街道 | 东四街道
        社区(村) | community | 六条社区 | 六条社区 | 六条社区
        问题类别 | category1 | 环境卫生 | 供暖 | 供暖
        主责单位 | unit | 东四街道 | 东四街道 | 区城管委
        是否响应 | is_contacted | 是 | 是 | 否
        是否解决 | resolution | 是 | 否 | 否
        是否满意 | satisfaction | 是 | 否 | 否
        剔除标识 | is_excluded | 否 | 否 | 是
        X坐标 | lon | 116.4 | 116.41 | 116.42
        Y坐标 | lat | 39.9 | 39.91 | 39.92""",
    "pingshan": """
        REC_ID | case_id | 9148 | 9169 | 9170
        CREATE_TIME | created_at | 2018-02-08 | 2018-02-08 | 2018-02-09
        DISTRICT_NAME | - | 坪山区 | 坪山区 | 坪山区
        STREET_NAME | street | 龙田街道 | 坪山街道 | 坪山街道
        STREET_ID | - | 101 | 104 | 104
        COMMUNITY_NAME | community | 老坑社区 | 六和社区 | 六和社区
        COMMUNITY_ID | - | 10014 | 10012 | 10012
        EVENT_TYPE_NAME | category1 | 市政设施 | 市容环卫 | 市容环卫
        EVENT_TYPE_ID | - | 6 | 5 | 5
        MAIN_TYPE_NAME | category2 | 公共设施维护 | 市容违法 | 市容违法
        MAIN_TYPE_ID | - | 186 | 180 | 180
        SUB_TYPE_NAME | category3 | 侵占绿地 | 乱摆卖 | 乱摆卖
        SUB_TYPE_ID | - | 662 | 660 | 660
        DISPOSE_UNIT_NAME | unit | 老坑社区 | 六和社区 | 六和社区
        DISPOSE_UNIT_ID | - | 1805 | 1801 | 1801
        EVENT_SRC_NAME | channel | @坪山 | 12345 | 12345
        EVENT_SRC_ID | - | 103 | 101 | 101
        EVENT_PROPERTY_NAME | request_type | 投诉 | 咨询 | 咨询
        EVENT_PROPERTY_ID | - | 2 | 1 | 1
        ACHIEVE | status | 按期办结 | 逾期办结 | 按期办结
        ACHIEVE_STATUS | - | intime | overtime | intime""",
    "messages": """
        留言编号 | case_id | 188006 | 188007 | 188031
        留言用户 | caller | A0001 | A0002 | A0003
        留言主题 | title | 咨询路名 | 反映噪音 | 路灯问题
        留言时间 | created_at | 2019/2/28 11:25:05 | 2019/2/14 20:00:00 | 2019/3/1 9:00:00
        留言详情 | content | 路名是什么 | 夜间施工 | 路灯不亮
        反对数 | - | 0 | 0 | 1
        点赞数 | - | 1 | 0 | 0""",
    "311 of New York": """
        Unique Key | case_id | 52910001 | 52910002 | 52910003
        Created Date | created_at | 01/03/2022 08:05:00 AM | 01/03/2022 08:06:00 AM | 01/03/2022 08:07:00 AM
        Closed Date | closed_at | 01/05/2022 08:05:00 AM | | 01/06/2022 08:05:00 AM
        Agency | - | NYPD | HPD | HPD
        Agency Name | unit | Police Department | Housing Department | Housing Department
        Complaint Type | category1 | Noise | HEAT/HOT WATER | HEAT/HOT WATER
        Descriptor | category2 | Loud Music/Party | ENTIRE BUILDING | ENTIRE BUILDING
        Location Type | - | Residential Building | Residential Building | Residential Building
        Incident Zip | - | 10001 | 10002 | 10003
        Incident Address | address | 1 EXAMPLE STREET | 2 EXAMPLE STREET | 3 EXAMPLE STREET
        Street Name | - | EXAMPLE STREET | EXAMPLE STREET | EXAMPLE STREET
        Cross Street 1 | - | FIRST AVENUE | SECOND AVENUE | THIRD AVENUE
        City | - | NEW YORK | NEW YORK | NEW YORK
        Status | status | Closed | Open | Closed
        Due Date | due_at | 01/04/2022 08:05:00 AM | 01/04/2022 08:05:00 AM | 01/04/2022 08:05:00 AM
        Resolution Description | - | The Police responded. | | The Department inspected.
        Resolution Action Updated Date | ? | 01/05/2022 08:05:00 AM | 01/05/2022 08:05:00 AM | 01/05/2022 08:05:00 AM
        Community Board | - | 01 MANHATTAN | 02 MANHATTAN | 03 MANHATTAN
        BBL | - | 1000010001 | 1000010002 | 1000010003
        Borough | - | MANHATTAN | BRONX | BRONX
        X Coordinate (State Plane) | - | 990001 | 990002 | 990003
        Y Coordinate (State Plane) | - | 200001 | 200002 | 200003
        Open Data Channel Type | channel | PHONE | ONLINE | ONLINE
        Latitude | lat | 40.71 | 40.72 | 40.73
        Longitude | lon | -73.99 | -73.98 | -73.97
        Location | - | (40.71, -73.99) | (40.72, -73.98) | (40.73, -73.97)""",
    "311 of San Francisco": """
        CaseID | case_id | 14700001 | 14700002 | 14700003
        Opened | created_at | 01/03/2022 08:05:00 AM | 01/03/2022 08:06:00 AM | 01/03/2022 08:07:00 AM
        Closed | closed_at | 01/05/2022 08:05:00 AM | | 01/06/2022 08:05:00 AM
        Updated | updated_at | 01/05/2022 08:05:00 AM | 01/05/2022 08:05:00 AM | 01/06/2022 08:05:00 AM
        Status | status | Closed | Open | Closed
        Status Notes | - | Case Resolved | accepted | Case Resolved
        Responsible Agency | unit | DPW Ops Queue | Parking Queue | DPW Ops Queue
        Category | category1 | Graffiti | Street and Sidewalk Cleaning | Graffiti
        Request Type | - | Graffiti on Pole | Bulky Items | Bulky Items
        Request Details | - | Pole | Mattress | Furniture
        Address | address | 1 EXAMPLE ST | 2 EXAMPLE ST | 3 EXAMPLE ST
        Street | - | EXAMPLE ST | EXAMPLE ST | EXAMPLE ST
        Supervisor District | - | 1 | 2 | 3
        Neighborhood | - | Mission | Sunset | Mission
        Police District | - | MISSION | TARAVAL | MISSION
        Latitude | lat | 37.71 | 37.72 | 37.73
        Longitude | lon | -122.41 | -122.42 | -122.43
        Source | channel | Mobile | Phone | Web
        Media URL | - | | | """,
    "311 of Boston": """
        case_enquiry_id | case_id | 101004000001 | 101004000002 | 101004000003
        open_dt | created_at | 2022-01-03 08:05:00 | 2022-01-03 08:06:00 | 2022-01-03 08:07:00
        sla_target_dt | due_at | 2022-01-05 08:05:00 | 2022-01-05 08:05:00 | 2022-01-05 08:05:00
        closed_dt | closed_at | 2022-01-04 08:05:00 | | 2022-01-06 08:05:00
        on_time | - | ONTIME | OVERDUE | OVERDUE
        case_status | status | Closed | Open | Closed
        closure_reason | - | Case Closed. | | Case Closed.
        case_title | title | Pothole | Parking | Parking
        subject | - | Public Works | Transportation | Transportation
        reason | - | Highway Maintenance | Enforcement | Enforcement
        type | - | Request for Pothole Repair | Parking Enforcement | Parking Enforcement
        queue | - | PWDx | BTDT | BTDT
        department | unit | PWDx | BTDT | BTDT
        location | - | 1 Example St | 2 Example St | 3 Example St
        location_zipcode | - | 02108 | 02109 | 02110
        latitude | lat | 42.35 | 42.36 | 42.37
        longitude | lon | -71.05 | -71.06 | -71.07
        source | channel | Citizens Connect App | Constituent Call | Constituent Call""",
    "grid of the district": """
        案件号 | case_id | 2019东城管字1 | 2019东城管字2 | 2019东城管字3
        问题来源 | channel | 监督员上报 | 监督员自行处理 | 监督员上报
        案件类型 | request_type | 事件 | 部件 | 事件
        大类名称 | category1 | 街面秩序 | 市容环境 | 市容环境
        小类名称 | category2 | 店外经营 | 暴露垃圾 | 暴露垃圾
        小类明细 | category3 | 店外经营 | 暴露垃圾 | 暴露垃圾
        街道 | street | 体育馆 | 永外 | 东四
        上报时间 | created_at | 2019-05-01 08:00:00 | 2019-05-01 09:00:00 | 2019-05-01 10:00:00
        立案时间 | dispatched_at | 2019-05-01 08:10:00 | 2019-05-01 09:10:00 | 2019-05-01 10:10:00
        处置截止时间 | due_at | 2019-05-01 18:00:00 | 2019-05-01 18:00:00 | 2019-05-01 18:00:00
        处置结束时间 | closed_at | 2019-05-02 09:00:00 | 2019-05-02 09:00:00 | 2019-05-02 09:00:00
        结案时间 | ? | 2019-05-02 10:00:00 | 2019-05-02 10:00:00 | 2019-05-02 10:00:00
        强制结案时间 | - | | |
        作废时间 | - | | | 2019-05-02 10:00:00
        当前阶段 | status | [结案] | [结案] | [作废]
        处置时限 | - | 10小时 | 10小时 | 10小时
        处置用时 | - | 25 | 24 | 23
        延期类型 | - | | |
        返工数 | - | 1 | 0 | 0""",
    "deadlines of every name": """
        *工单编号（必填） | case_id | GD1 | GD2 | GD3
        来电时间 | created_at | 2022年1月3日 8:05 | 2022年1月3日 8:06 | 2022年1月3日 8:07
        应结案时间 | due_at | 2022-01-10 08:05 | 2022-01-10 08:05 | 2022-01-10 08:05
        结案时间 | closed_at | 2022-01-09 08:05 | | 2022-01-09 08:05
        计划完成时间 | - | 2022-01-09 08:05 | 2022-01-09 08:05 | 2022-01-09 08:05
        是否按期办结 | - | 是 | 否 | 是
        回访内容 | - | 已联系 | 未接通 | 已联系
        办理结果描述 | - | 已清理 | 已修复 | 已清理
        单位联系电话 | - | 01065120000 | 01065120000 | 01065120001
        来电人手机号 | caller | 13812345678 | 13800001234 | 13912345678
        反映内容 | content | 垃圾 | 暖气 | 路灯""",
    "two that could be it": """
        工单编号 | ? | G1 | G2 | G3
        案件编号 | ? | A1 | A2 | A3
        登记时间 | ? | 2022-01-03 08:05 | 2022-01-03 08:06 | 2022-01-03 08:07
        来电时间 | ? | 2022-01-03 08:00 | 2022-01-03 08:01 | 2022-01-03 08:02
        办结时限 | due_at | 2022-01-10 | 2022-01-10 | 2022-01-10
        办结时间 | closed_at | 2022-01-09 | 2022-01-09 | 2022-01-09
        承办单位 | unit | 甲局 | 乙局 | 乙局
        协办单位 | - | 丙局 | 丙局 | 丁局
        承办单位类别 | - | 委办局 | 委办局 | 委办局""",
    "ids that come twice": """
        编号 | - | 1 | 1 | 2
        工单编号 | - | G1 | G1 | G1
        邮编 | - | 100007 | 100010 | 100011
        受理日期 | created_at | 2022/1/3 | 2022/1/3 | 2022/1/4
        办理时限 | - | 5个工作日 | 7个工作日 | 5个工作日
        经度 | - | 39.91 | 39.92 | 39.93
        纬度 | - | 116.41 | 116.42 | 116.43
        标题 | title | 垃圾 | 暖气 | 路灯
        区域 | - | 东片 | 西片 | 西片""",
    "mayor's mailbox": """
        信件编号 | case_id | XJ1 | XJ2 | XJ3
        来信时间 | created_at | 2022.01.03 | 2022.01.03 | 2022.01.04
        来信人姓名 | - | 张三 | 李四 | 王五
        身份证号 | - | 110101199003078515 | |
        电子邮箱 | - | a@example.com | b@example.com |
        家庭住址 | - | 东四六条12号 | 东四七条 |
        信件标题 | title | 垃圾 | 暖气 | 路灯
        信件内容 | content | 垃圾三天没人清 | 暖气不热 | 路灯不亮
        诉求类型 | request_type | 投诉 | 咨询 | 投诉
        信件来源 | channel | 网站 | 微信 | 网站
        办理单位 | unit | 甲局 | 乙局 | 乙局
        办理状态 | status | 已办结 | 办理中 | 办理中
        回复时间 | - | 2022.01.06 | 2022.01.07 | 2022.01.08
        满意度 | satisfaction | 满意 | | 基本满意""",
    "urban platform": """
        事件编号 | case_id | SJ1 | SJ2 | SJ3
        网格编号 | - | 11010100801 | 11010100802 | 11010100803
        上报时间 | created_at | 20220103080500 | 20220103080600 | 20220103080700
        派遣时间 | dispatched_at | 20220103090500 | 20220103090600 | 20220103090700
        处置时限 | due_at | 2022-01-04 08:05:00 | 2022-01-04 08:05:00 | 2022-01-04 08:05:00
        完成时间 | closed_at | 2022-01-04 07:05:00 | 2022-01-04 07:05:00 | 2022-01-04 07:05:00
        一级类别 | category1 | 市容 | 市容 | 设施
        二级类别 | category2 | 垃圾 | 广告 | 井盖
        三级类别 | category3 | 暴露垃圾 | 小广告 | 井盖破损
        街道代码 | - | 110101008 | 110101008 | 110101009
        街道名称 | street | 东四街道 | 东四街道 | 景山街道
        社区名称 | community | 六条社区 | 六条社区 | 景山社区
        处置部门 | unit | 东四街道 | 东四街道 | 景山街道
        问题描述 | content | 垃圾 | 广告 | 井盖
        发生地点 | address | 六条 | 七条 | 景山东街
        经度 | lon | 116.41 | 116.42 | 116.40
        纬度 | lat | 39.93 | 39.93 | 39.92""",
    "311 of Chicago": """
        SR_NUMBER | case_id | SR22-00000001 | SR22-00000002 | SR22-00000003
        SR_TYPE | category1 | Graffiti Removal | Pothole | Pothole
        SR_SHORT_CODE | - | GRAF | PHF | PHF
        OWNER_DEPARTMENT | unit | Streets and Sanitation | CDOT | CDOT
        STATUS | status | Completed | Open | Open
        CREATED_DATE | created_at | 01/03/2022 08:05:00 AM | 01/03/2022 08:06:00 AM | 01/03/2022 08:07:00 AM
        LAST_MODIFIED_DATE | updated_at | 01/03/2022 08:05:00 AM | 01/03/2022 08:06:00 AM | 01/03/2022 08:07:00 AM
        CLOSED_DATE | closed_at | 01/04/2022 08:05:00 AM | |
        STREET_ADDRESS | address | 1 N EXAMPLE ST | 2 N EXAMPLE ST | 3 N EXAMPLE ST
        ZIP_CODE | - | 60601 | 60602 | 60603
        STREET_NAME | - | EXAMPLE | EXAMPLE | EXAMPLE
        STREET_NUMBER | - | 1 | 2 | 3
        LEGACY_SR_NUMBER | - | 11-1 | 11-2 | 11-3
        PARENT_SR_NUMBER | - | SR1 | SR2 | SR3
        COMMUNITY_AREA | - | 1 | 2 | 3
        WARD | - | 1 | 2 | 3
        ORIGIN | - | Phone Call | Mobile | Mobile
        X_COORDINATE | - | 1170001 | 1170002 | 1170003
        LATITUDE | lat | 41.81 | 41.82 | 41.83
        LONGITUDE | lon | -87.61 | -87.62 | -87.63""",
    "call centre": """
        业务流水号 | ? | YW1 | YW2 | YW3
        来电人 | - | 张三 | 李四 | 王五
        主叫号码 | caller | 13812345678 | 13800001234 | 65120000
        呼入时间 | ? | 2022-01-03 08:05:00 | 2022-01-03 08:06:00 | 2022-01-03 08:07:00
        通话时长 | - | 120 | 95 | 60
        坐席工号 | - | 1001 | 1002 | 1003
        转派时间 | ? | 2022-01-03 09:05:00 | 2022-01-03 09:06:00 | 2022-01-03 09:07:00
        签收时间 | - | 2022-01-03 10:05:00 | 2022-01-03 10:06:00 | 2022-01-03 10:07:00
        办理截止时间 | due_at | 2022-01-10 08:05:00 | 2022-01-10 08:06:00 | 2022-01-10 08:07:00
        应回访时间 | - | 2022-01-12 08:05:00 | 2022-01-12 08:06:00 | 2022-01-12 08:07:00
        限办结时间 | ? | 2022-01-10 08:05:00 | 2022-01-10 08:06:00 | 2022-01-10 08:07:00
        反馈时间 | - | 2022-01-09 08:05:00 | 2022-01-09 08:06:00 | 2022-01-09 08:07:00
        事发街道 | street | 东四街道 | 景山街道 | 东四街道
        街道负责人 | - | 赵六 | 赵六 | 钱七
        来电类别 | - | 投诉 | 咨询 | 投诉
        诉求大类 | category1 | 市容 | 供暖 | 供暖
        诉求小类 | category2 | 垃圾 | 不热 | 不热
        主办单位 | unit | 东四街道 | 景山街道 | 东四街道
        诉求人满意度 | satisfaction | 满意 | 不满意 | 满意
        不满意原因 | - | | 推诿 |
        是否延期 | - | 否 | 否 | 是
        延期后办结时限 | ? | | | 2022-01-20 08:07:00""",
}
