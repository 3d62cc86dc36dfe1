package com.example.shop;

import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

@WebMvcTest
class ItemControllerTests {

	@MockitoBean
	private ItemRepository items;

	@Test
	void listsItems(@Autowired MockMvcTester mvc) {
		given(this.items.findAll()).willReturn(List.of(new Item("tea")));
		assertThat(mvc.get().uri("/items")).hasStatusOk().bodyText().contains("tea");
	}

}
